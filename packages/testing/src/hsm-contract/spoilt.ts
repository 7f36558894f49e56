/** What is nearly `bytes`: a bit of each byte flipped, cut short, longer, all zeros. */
export function* spoilt(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    yield changed;
  }
  yield new Uint8Array();
  yield bytes.slice(0, 5);
  yield bytes.slice(0, -1);
  yield bytes.slice(1);
  yield Uint8Array.from([...bytes, 0]);
  yield new Uint8Array(bytes.length);
}
