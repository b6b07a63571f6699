import { readdirSync, readFileSync } from 'node:fs';
import { importFaults } from './rooms.js';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => `src/${file.replaceAll('\\', '/')}`)
  .filter((file) => file.endsWith('.ts') && file.split('/').length > 2);
const faults = files.flatMap((file) => importFaults(file, readFileSync(file, 'utf8')));
for (const fault of faults) console.error(fault);
console.log(`${files.length} files, ${faults.length} imports against the arrow`);
process.exitCode = faults.length > 0 ? 1 : 0;
