// `npm pack` publishes the versions that were tested: the lock file without workspaces and tools, as npm-shrinkwrap.json.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const path = 'npm-shrinkwrap.json';
if (process.argv[2] === 'remove') rmSync(path, { force: true });
else {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const own = ({ link, dev, devOptional }) => !link && !dev && !devOptional;
  const packages = Object.entries(lock.packages)
    .filter(([name, entry]) => name === '' || (name.startsWith('node_modules/') && own(entry)))
    .map(([name, entry]) => {
      if (name !== '') return [name, entry];
      const { devDependencies: _, workspaces: __, ...root } = entry;
      return [name, root];
    });
  writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
}
