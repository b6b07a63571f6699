import type { FilterSets } from '../catalogue/index.js';
import { newId, type RecommendRequest, type RecommendResponse } from '../core/index.js';
import { type AdvertSource, placeAdverts, sponsoredReason } from './adverts.js';
import type { EngineContext, RequestContext } from './context.js';
import { eligibility, warned } from './eligibility.js';
import { explain } from './explain.js';
import { govern, pooled } from './govern.js';
import type { Pages } from './pages.js';
import type { Impressions, Policy, PolicySource } from './policy/index.js';
import { scenarios } from './scenarios/index.js';
import { byStock, spareCandidates } from './stockPolicy.js';

/** What a list is made by, beside the request. */
export interface AnswerParts {
  engine: EngineContext;
  filters: FilterSets;
  /** Which policy governs; the shop's own is counted by its source. */
  policy: Policy | undefined;
  own: PolicySource | undefined;
  impressions: Impressions;
  shelfWeights: ReadonlyMap<string, number>;
  adverts: AdvertSource;
  pages: Pages;
  now: number;
  /** Of the list so many are shown; all where it is not said. */
  shown: number | undefined;
}

/** One request, start to end: candidates of the scenario, stock, policy, adverts, page, reasons. */
export async function answer(request: RecommendRequest, parts: AnswerParts): Promise<RecommendResponse> {
  const { engine, filters, policy, shelfWeights, pages, now } = parts;
  const { catalogue, state } = engine;
  const { offset } = state;
  const profile = state.profile(request.user, now);
  const { count = 10 } = request;
  const wanted = (request.offset ?? 0) + count;
  const context: RequestContext = {
    request,
    now,
    profile,
    count: policy ? pooled(wanted) : wanted + (shelfWeights.size > 0 ? spareCandidates : 0),
    allowed: eligibility(catalogue, filters, request, profile, now),
  };
  const ranked = await scenarios[request.scenario](engine, context);
  const stocked = { ...ranked, handles: inStock(ranked.handles, parts) };
  const governed = policy && govern(policy, stocked, context, engine, parts.impressions);
  const list = governed?.list ?? stocked;
  const recommendationId = newId('rec', now);
  const eligible = list.handles.filter(context.allowed);
  const { handles, sponsored } = withAdverts(eligible, context, parts, recommendationId, count);
  const shown = pages.page(request, handles, count, now).filter(context.allowed);
  if (governed) parts.own?.tally.add(shown.slice(0, parts.shown), governed.rules, governed.left);
  const reasons = request.explain ? explain(engine, context, list, shown) : [];
  return {
    recommendationId,
    scenario: request.scenario,
    user: request.user,
    items: shown.map((handle, at) => {
      const item = catalogue.item(handle)!;
      const score = list.score(handle);
      const offer = sponsored.get(handle);
      if (offer !== undefined) return { id: item.id, score, item, sponsored: offer, reason: sponsoredReason };
      const moved = governed?.rules.get(handle);
      const reason = reasons[at] && (moved ? { ...reasons[at], rules: moved } : reasons[at]);
      return { id: item.id, score, item, ...(reason && { reason }) };
    }),
    model: engine.model?.version ?? 'none',
    offset,
    ...warned(filters, request),
  };
}

/** Adverts stand on the first page alone. */
function withAdverts(
  handles: readonly number[],
  { request, allowed }: RequestContext,
  { engine: { catalogue }, adverts: source, now }: AnswerParts,
  recommendationId: string,
  count: number,
): ReturnType<typeof placeAdverts> {
  const find = (id: string): number => catalogue.find(id);
  const mayShow = (id: string): boolean => allowed(find(id));
  const adverts = request.offset ? [] : source({ request, recommendationId, now, count, mayShow });
  return placeAdverts(handles, adverts, find);
}

function inStock(handles: number[], { engine: { catalogue }, shelfWeights }: AnswerParts): number[] {
  if (shelfWeights.size === 0) return handles;
  return byStock(handles, (handle) => shelfWeights.get(catalogue.item(handle)!.id) ?? 1);
}
