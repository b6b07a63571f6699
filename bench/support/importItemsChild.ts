/** Runs `endcap import --items FILE --dir DIR` itself and tells its parent what it took. */
const [file, dir] = process.argv.splice(2);
process.argv.push('import', '--items', file!, '--dir', dir!, '--json');
const started = performance.now();
await import('../../src/cli/main.js');
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage();
const memory = process.resourceUsage().maxRSS / 1024;
process.send!({ seconds, processor: (user + system) / 1e6, memory }, () => process.exit(0));
