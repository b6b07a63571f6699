const places = 50;
/** What is believed before anything is seen: a third click the first place, and so on as 1 / place^.8. */
const prior = { shows: 300, rate: 0.3, decay: 0.8 };

/** How often each place of an answer is clicked, whatever stands there: learned from all searches. */
export class PositionRates {
  readonly #shows = new Float64Array(places);
  readonly #clicks = new Float64Array(places);

  show(place: number): void {
    if (place < places) this.#shows[place]!++;
  }

  click(place: number): void {
    if (place < places) this.#clicks[place]!++;
  }

  /** Share of the times a place was shown that it was clicked; `place` from 0. */
  rate(place: number): number {
    const at = Math.min(place, places - 1);
    const expected = prior.rate / (at + 1) ** prior.decay;
    return (this.#clicks[at]! + prior.shows * expected) / (this.#shows[at]! + prior.shows);
  }

  pack(): { shows: number[]; clicks: number[] } {
    return { shows: [...this.#shows], clicks: [...this.#clicks] };
  }

  static restore({ shows, clicks }: { shows: number[]; clicks: number[] }): PositionRates {
    const rates = new PositionRates();
    rates.#shows.set(shows.slice(0, places));
    rates.#clicks.set(clicks.slice(0, places));
    return rates;
  }
}
