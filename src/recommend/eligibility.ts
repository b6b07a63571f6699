import type { Catalogue, FilterSets } from '../catalogue/index.js';
import type { FieldError, Profile, RecommendRequest } from '../core/index.js';

/** What to say of a request that is no fault, as a field of its answer. */
export function warned(
  filters: FilterSets,
  { filter }: Pick<RecommendRequest, 'filter'>,
): { warnings?: FieldError[] } {
  const warnings = filter === undefined ? [] : filters.warnings(filter);
  return warnings.length > 0 ? { warnings } : {};
}

/** What may be shown for a request: available now, let through by the filter, not excluded, not hidden by the shopper. */
export function eligibility(
  catalogue: Catalogue,
  filters: FilterSets,
  request: Pick<RecommendRequest, 'filter' | 'exclude'>,
  { hidden = [] }: { hidden?: Profile['hidden'] | readonly string[] },
  now: number,
): (handle: number) => boolean {
  const filter = request.filter === undefined ? undefined : filters.of(request.filter);
  const excluded = handlesOf(catalogue, [...(request.exclude ?? []), ...hidden]);
  const excludes = excluded.size > 0;
  // The filter first: where it lets little through, whole lists are gone through, and what it says is at hand.
  return (handle) =>
    handle >= 0 &&
    (filter === undefined || filter(handle)) &&
    catalogue.shown(handle) &&
    catalogue.inSeason(handle, now) &&
    !(excludes && excluded.has(handle));
}

/** Handles of the ids that have one. */
export function handlesOf(catalogue: Catalogue, ids: Iterable<string>): Set<number> {
  const handles = new Set<number>();
  for (const id of ids) {
    const handle = catalogue.find(id);
    if (handle >= 0) handles.add(handle);
  }
  return handles;
}
