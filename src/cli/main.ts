#!/usr/bin/env node
import { Command } from 'commander';
import { EndcapError } from '../core/index.js';
import { register } from './commands/index.js';

const program = new Command('endcap')
  .description('Real-time recommendations, learned from one stream of shopper events.')
  .version('0.1.0')
  .showHelpAfterError('Run with --help for the options and examples.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

register(program);

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}

/** One line that says what is wrong and what to do, exit code 2; a stack trace only for our own faults, on request. */
function fail(error: unknown): never {
  if (error instanceof EndcapError) {
    const where = error.errors.map((fault) => `${fault.field}: ${fault.message}`).join('; ');
    const parts = [error.message, where, error.remedy].filter(Boolean);
    process.stderr.write(`endcap: ${parts.join(' — ').replaceAll('\n', ' ')}\n`);
    process.exit(2);
  }
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`endcap: ${text.replaceAll('\n', ' ')}\n`);
  if (process.env.ENDCAP_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}
