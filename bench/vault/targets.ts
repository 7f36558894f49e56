/** What the vault must reach, and aims for: beside a peer in the same run, or as a fixed limit. */

export interface Figure {
  readonly title: string;
  readonly value: number;
  readonly peer?: { readonly name: string; readonly value: number };
  /** Least ratio to the peer's. */
  readonly mustRatio?: number;
  readonly aimRatio?: number;
  /** Least value. */
  readonly least?: number;
  readonly leastAim?: number;
  /** Greatest value. */
  readonly most?: number;
  readonly aim?: number;
}

/** Cells: what, value, peer, ratio, must, aim, verdict. */
export function targetRow(figure: Figure): string[] {
  const { title, value, peer } = figure;
  const ratio = peer === undefined ? null : value / peer.value;
  const [must, aim] = limitsOf(figure);
  return [
    title,
    number(value),
    peer === undefined ? '–' : `${number(peer.value)} ${peer.name}`,
    ratio === null ? '–' : `${ratio.toFixed(2)} ×`,
    must ?? '–',
    aim ?? '–',
    verdictOf(figure),
  ];
}

export function verdictOf(figure: Figure): 'aim met' | 'pass' | 'MISS' | '' {
  const { value, peer, mustRatio, aimRatio, least, leastAim, most, aim } = figure;
  const ratio = peer === undefined ? Number.NaN : value / peer.value;
  const musts = [
    mustRatio === undefined ? null : ratio >= mustRatio,
    least === undefined ? null : value >= least,
    most === undefined ? null : value <= most,
  ].filter((isMet) => isMet !== null);
  const aims = [
    aimRatio === undefined ? null : ratio >= aimRatio,
    leastAim === undefined ? null : value >= leastAim,
    aim === undefined ? null : value <= aim,
  ].filter((isMet) => isMet !== null);
  if (musts.includes(false)) return 'MISS';
  if (aims.length > 0 && !aims.includes(false)) return 'aim met';
  return musts.length > 0 ? 'pass' : '';
}

function limitsOf({ mustRatio, aimRatio, least, leastAim, most, aim }: Figure): (string | null)[] {
  const show = (ratio?: number, atLeast?: number, atMost?: number): string | null => {
    if (ratio !== undefined) return `≥ ${ratio} ×`;
    if (atLeast !== undefined) return `≥ ${number(atLeast)}`;
    return atMost === undefined ? null : `≤ ${number(atMost)}`;
  };
  return [show(mustRatio, least, most), show(aimRatio, leastAim, aim)];
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });
}
