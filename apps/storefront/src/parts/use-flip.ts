import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const easing = 'cubic-bezier(.2,.8,.2,1)';

/**
 * Lets the children of a list glide from where they were to where they are now (FLIP: first, last, invert, play),
 * and newcomers fade in, so that one sees a shelf rearrange itself. Children are known by `data-id`.
 */
export function useFlip(list: RefObject<HTMLElement | null>, order: string): void {
  const before = positions(list.current);
  useLayoutEffect(() => {
    if (!list.current || before.size === 0 || calm.matches) return;
    for (const child of children(list.current)) {
      const from = before.get(child.dataset.id ?? '');
      if (from === undefined) appear(child);
      else if (from.x !== child.offsetLeft || from.y !== child.offsetTop) glide(child, from);
    }
  }, [order]);
}

interface Position {
  x: number;
  y: number;
}

function glide(child: HTMLElement, from: Position): void {
  const offset = `translate(${from.x - child.offsetLeft}px, ${from.y - child.offsetTop}px)`;
  child.animate([{ transform: offset }, { transform: 'none' }], { duration: 520, easing });
}

function appear(child: HTMLElement): void {
  const hidden = { opacity: 0, transform: 'translateY(14px) scale(.96)' };
  child.animate([hidden, { opacity: 1, transform: 'none' }], {
    duration: 420,
    delay: 120,
    easing,
    fill: 'backwards',
  });
}

const children = (list: HTMLElement): HTMLElement[] => [
  ...list.querySelectorAll<HTMLElement>(':scope > [data-id]'),
];

/** Layout positions, which running animations and scrolling do not disturb. */
function positions(list: HTMLElement | null): Map<string, Position> {
  if (!list) return new Map();
  return new Map(
    children(list).map((child) => [child.dataset.id ?? '', { x: child.offsetLeft, y: child.offsetTop }]),
  );
}
