import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { drawingOf } from './icons.js';
import { hash, type Pattern, patternOf, tintOf } from './palette.js';

/**
 * The picture of an item; where it has none, or it does not come, one drawn from the words of its title, the same every
 * time: the thing itself where it is certain what that is, else its colour and pattern alone.
 */
export function Tile({
  id,
  title,
  image,
}: {
  id: string;
  title: string;
  image: string | undefined;
}): JSX.Element {
  const [broken, setBroken] = useState<string>();
  if (image && image !== broken)
    return <img class="tile" src={image} alt="" loading="lazy" onError={() => setBroken(image)} />;
  const tint = tintOf(title, id);
  const pattern = `${patternOf(title, id)}-${hash(id) % 3}`;
  const drawing = drawingOf(title);
  return (
    <svg
      class="tile"
      viewBox="0 0 200 200"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      style={{ '--tile-hue': String(tint.hue + (hash(id) % 13) - 6), '--tile-chroma': String(tint.chroma) }}
    >
      <rect class="tile-back" width="200" height="200" />
      <rect class="tile-pattern" width="200" height="200" fill={`url(#${pattern})`} />
      {drawing && (
        <>
          <circle class="tile-glow" cx="100" cy="100" r="78" />
          <ellipse class="tile-shadow" cx="100" cy="160" rx="46" ry="5" />
          <g transform="translate(46 48) scale(.9)">
            {drawing.map(([tone, path]) => (
              <g key={tone + path}>
                <path class={`tone-${tone}`} d={path} />
                {tone === 'main' && <path class="tone-print" fill={`url(#${pattern})`} d={path} />}
              </g>
            ))}
          </g>
        </>
      )}
    </svg>
  );
}

const motifs: Record<Exclude<Pattern, 'plain'>, string> = {
  dots: 'M10 10m-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0-6.8 0z',
  checks: 'M0 0h10v10H0zM10 10h10v10H10z',
  stripes: 'M0 0h9v20H0z',
  scallops: 'M0 20a10 10 0 0 1 20 0h-3a7 7 0 0 0-14 0z',
  hearts: 'M10 15C2 9 6 4 10 8c4-4 8 1 0 7z',
  stars: 'M10 4l1.6 4.4L16 10l-4.4 1.6L10 16l-1.6-4.4L4 10l4.4-1.6z',
  waves: 'M0 11q5-7 10 0t10 0v3q-5 7-10 0t-10 0z',
};
const scales = [1.1, 1.5, 2];

/** The patterns that tiles refer to, once a page. */
export function TilePatterns(): JSX.Element {
  return (
    <svg class="definitions" aria-hidden="true" width="0" height="0">
      <defs>
        {Object.entries(motifs).flatMap(([name, path]) =>
          scales.map((scale, i) => (
            <pattern
              key={name + scale}
              id={`${name}-${i}`}
              width="20"
              height="20"
              patternUnits="userSpaceOnUse"
              patternTransform={`scale(${scale}) rotate(${name === 'stripes' ? 45 : 0})`}
            >
              <path d={path} class="motif" />
            </pattern>
          )),
        )}
      </defs>
    </svg>
  );
}
