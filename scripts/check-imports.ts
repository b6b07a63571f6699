import { readdirSync, readFileSync } from 'node:fs';
import { importCircles, importFaults } from './rooms.js';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => `src/${file.replaceAll('\\', '/')}`)
  .filter((file) => file.endsWith('.ts'));
const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
const rooms = files.filter((file) => file.split('/').length > 2);
const faults = rooms.flatMap((file) => importFaults(file, sources.get(file)!));
const circles = importCircles(sources);
for (const fault of faults) console.error(fault);
for (const circle of circles) console.error(`A circle: ${circle.join(' → ')}`);
console.log(`${files.length} files, ${faults.length} imports against the arrow, ${circles.length} circles`);
process.exitCode = faults.length + circles.length > 0 ? 1 : 0;
