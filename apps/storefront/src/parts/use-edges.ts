import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Whether a list that scrolls sideways is at its start and at its end; both where everything fits. */
export function useEdges(
  list: RefObject<HTMLElement | null>,
  order: string,
): { start: boolean; end: boolean } {
  const [edges, setEdges] = useState({ start: true, end: true });
  // Another order is another width.
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const look = (): void => {
      const { scrollLeft, scrollWidth, clientWidth } = element;
      const now = { start: scrollLeft < 8, end: scrollLeft + clientWidth > scrollWidth - 8 };
      setEdges((before) => (before.start === now.start && before.end === now.end ? before : now));
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const resized = new ResizeObserver(look);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      resized.disconnect();
    };
  }, [list, order]);
  return edges;
}
