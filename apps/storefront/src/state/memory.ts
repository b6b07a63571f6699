/** What a browser remembers of this shop between visits; forgets nothing but works without storage too. */
export function recall<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`endcap.shop.${name}`);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(`endcap.shop.${name}`, JSON.stringify(value));
  } catch {
    // Private windows may refuse: the choice then lasts as long as the page.
  }
}
