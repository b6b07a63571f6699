#!/usr/bin/env node
import { Command } from 'commander';
import { EndcapError, packageVersion } from '../core/index.js';
import { register } from './commands/index.js';
import { errorLine, foreseen } from './errorLine.js';

const program = new Command('endcap')
  .description('Real-time recommendations, learned from one stream of shopper events.')
  .version(packageVersion)
  .showHelpAfterError('Run with --help for the options and examples.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

register(program);

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}

/** Exit code 2 for what the user can mend; a stack trace only for our own faults, on request. */
function fail(thrown: unknown): never {
  const error = foreseen(thrown);
  process.stderr.write(errorLine(error));
  if (error instanceof EndcapError) process.exit(2);
  if (process.env.ENDCAP_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}
