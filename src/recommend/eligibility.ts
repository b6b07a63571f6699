import type { Catalogue, FilterSets } from '../catalogue/index.js';
import type { RecommendRequest } from '../core/index.js';

/** What may be shown for a request: available, let through by the filter, not excluded. */
export function eligibility(
  catalogue: Catalogue,
  filters: FilterSets,
  request: Pick<RecommendRequest, 'filter' | 'exclude'>,
): (handle: number) => boolean {
  const filter = request.filter === undefined ? undefined : filters.of(request.filter);
  const excluded = handlesOf(catalogue, request.exclude ?? []);
  return (handle) =>
    handle >= 0 &&
    catalogue.shown(handle) &&
    !excluded.has(handle) &&
    (filter === undefined || filter(handle));
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
