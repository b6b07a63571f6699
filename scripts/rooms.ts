/** The arrow: a room may import only from itself and from rooms above it, and another room only by its index. */
export const rooms = [
  'core',
  'config',
  'math',
  'trees',
  'text',
  'report',
  'storage',
  'jobs',
  'prepare',
  'catalogue',
  'index',
  'nn',
  'models',
  'projections',
  'train',
  'recommend',
  'experiments',
  'search',
  'marketing',
  'inventory',
  'server',
  'cli',
] as const;

/** What is wrong with the relative imports of one source file of `src/`; empty when nothing is. */
export function importFaults(path: string, source: string): string[] {
  const [, room = ''] = path.split('/');
  const own = rooms.indexOf(room as (typeof rooms)[number]);
  const faults: string[] = [];
  for (const [, target = ''] of source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)) {
    const [to = '', ...rest] = resolve(path, target).split('/').slice(1);
    if (to === room) continue;
    const other = rooms.indexOf(to as (typeof rooms)[number]);
    if (other < 0) faults.push(`${path}: imports ${target}, which is in no room`);
    else if (other > own) faults.push(`${path}: ${room} may not import ${to}, which comes after it`);
    else if (rest.join('/') !== 'index.js')
      faults.push(`${path}: imports ${target}; go through ${to}/index.js`);
  }
  return faults;
}

function resolve(from: string, target: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Circles among the imports of files, each as the files it goes through; empty where there are none. */
export function importCircles(sources: ReadonlyMap<string, string>): string[][] {
  const [onPath, done] = [new Set<string>(), new Set<string>()];
  const circles: string[][] = [];
  const visit = (path: string): void => {
    if (done.has(path)) return;
    if (onPath.has(path)) {
      circles.push([...[...onPath].slice([...onPath].indexOf(path)), path]);
      return;
    }
    onPath.add(path);
    for (const target of importsOf(path, sources.get(path) ?? '')) if (sources.has(target)) visit(target);
    onPath.delete(path);
    done.add(path);
  };
  for (const path of sources.keys()) visit(path);
  return circles;
}

/** Files that a file imports, types too. */
function importsOf(path: string, source: string): string[] {
  const imports = source.matchAll(/^(?:import|export)[^;]*?from '(\.[^']*)'/gm);
  return Array.from(imports, ([, target = '']) => resolve(path, target).replace(/\.js$/, '.ts'));
}
