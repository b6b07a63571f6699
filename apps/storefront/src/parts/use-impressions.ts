import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import type { RecommendResponse } from '../../../../packages/client/src/index.js';
import { seen } from '../state/shop.js';

/** Looked at: at least half of the card in view for this long, ms. */
const dwell = 600;

/** Reports, once a recommendation and card, which cards of a list were really looked at. */
export function useImpressions(
  list: RefObject<HTMLElement | null>,
  response: Pick<RecommendResponse, 'recommendationId' | 'scenario'> | undefined,
  order: string,
): void {
  const { recommendationId, scenario } = response ?? {};
  // Other cards are other things to look at.
  useEffect(() => {
    if (!list.current || recommendationId === undefined || scenario === undefined) return;
    const inView = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const report = (): void => {
      timer = undefined;
      if (inView.size === 0) return;
      seen([...inView], recommendationId, scenario);
      for (const card of cards(list.current)) if (inView.has(card.dataset.id ?? '')) observer.unobserve(card);
      inView.clear();
    };
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const id = (entry.target as HTMLElement).dataset.id ?? '';
          if (entry.isIntersecting) inView.add(id);
          else inView.delete(id);
        }
        timer ??= setTimeout(report, dwell);
      },
      { threshold: 0.5 },
    );
    for (const card of cards(list.current)) observer.observe(card);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [list, recommendationId, scenario, order]);
}

const cards = (list: HTMLElement | null): HTMLElement[] => [
  ...(list?.querySelectorAll<HTMLElement>('[data-id]') ?? []),
];
