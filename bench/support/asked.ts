/** What `ENDCAP_BENCH=name,name,seed` asks for: names, and seeds where numbers are among them. Empty: everything. */
export function asked(): { names: string[]; seeds: number[] } {
  const words = process.env.ENDCAP_BENCH?.split(',').filter((word) => word !== '') ?? [];
  return {
    names: words.filter((word) => Number.isNaN(Number(word))),
    seeds: words.map(Number).filter((word) => Number.isInteger(word)),
  };
}
