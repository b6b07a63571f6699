import { useEffect, useRef } from 'preact/hooks';

/** Which of the items were not there before the last change; none at the first filling. */
export function useNewcomers(ids: readonly string[]): ReadonlySet<string> {
  const order = ids.join(' ');
  const seen = useRef({ order: '', before: [] as readonly string[], now: [] as readonly string[] });
  const { current } = seen;
  const before = current.order === order ? current.before : current.now;
  useEffect(() => {
    if (seen.current.order !== order) seen.current = { order, before: seen.current.now, now: ids };
  }, [order]);
  return before.length === 0 ? none : new Set(ids.filter((id) => !before.includes(id)));
}

const none: ReadonlySet<string> = new Set();
