/** What goes wrong in the background, as a line for whoever watches over the process. */
export function warn(error: unknown, what: string): void {
  process.stderr.write(`endcap: ${what}: ${error instanceof Error ? error.message : error}\n`);
}
