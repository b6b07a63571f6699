/** Takes back what was begun, the latest first; `steps` is empty then. */
export async function undoAll(steps: (() => unknown)[]): Promise<void> {
  for (const step of steps.splice(0).reverse()) await step();
}
