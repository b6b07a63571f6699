/**
 * How long the loop was held between two of its turns. On a busy machine a turn also waits for the processor, so a turn
 * counts by the processor time of the process where that is less than the clock's.
 */
export class LoopWatch {
  longestMs = 0;

  async during(work: () => Promise<unknown>): Promise<void> {
    let done = false;
    const turns = this.#turns(() => done);
    await work();
    done = true;
    await turns;
  }

  async #turns(done: () => boolean): Promise<void> {
    let [clock, cpu] = [performance.now(), process.cpuUsage()];
    while (!done()) {
      await new Promise((resolve) => setImmediate(resolve));
      const { user, system } = process.cpuUsage(cpu);
      const held = Math.min(performance.now() - clock, (user + system) / 1_000);
      this.longestMs = Math.max(this.longestMs, held);
      [clock, cpu] = [performance.now(), process.cpuUsage()];
    }
  }
}
