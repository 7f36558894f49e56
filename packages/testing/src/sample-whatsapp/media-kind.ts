// The kinds of media file that a phone collects: where they lie, how they are named, how large
// they are, and the bytes with which each format begins and ends.

import type { Random } from './random.ts';

export type MediaKind = 'image' | 'video' | 'voice' | 'document' | 'status';

export interface MediaTraits {
  /** Below `Media/`. */
  readonly folder: string;
  readonly prefix: string;
  readonly extension: string;
  readonly mimeType: string;
  /** `message.message_type`. */
  readonly messageType: number;
  readonly share: number;
  /** Before all sizes are scaled to the total that was asked for. */
  readonly medianBytes: number;
  readonly sigma: number;
  readonly head: (totalBytes: number, random: Random) => Buffer;
  readonly tail: Buffer;
}

const JPEG = { extension: 'jpg', mimeType: 'image/jpeg', messageType: 1, head: jpegHead };
const JPEG_END = Buffer.of(0xff, 0xd9);
const NOTHING = Buffer.alloc(0);

export const MEDIA_KINDS: Record<MediaKind, MediaTraits> = {
  image: {
    ...JPEG,
    ...{ folder: 'WhatsApp Images', prefix: 'IMG', share: 0.6, medianBytes: 140_000, sigma: 0.8 },
    tail: JPEG_END,
  },
  video: {
    ...{ folder: 'WhatsApp Video', prefix: 'VID', extension: 'mp4', mimeType: 'video/mp4' },
    ...{ messageType: 3, share: 0.08, medianBytes: 3_500_000, sigma: 1.1 },
    head: mp4Head,
    tail: NOTHING,
  },
  voice: {
    ...{ folder: 'WhatsApp Voice Notes', prefix: 'PTT', extension: 'opus' },
    ...{ mimeType: 'audio/ogg; codecs=opus', messageType: 2 },
    ...{ share: 0.22, medianBytes: 25_000, sigma: 1 },
    head: opusHead,
    tail: NOTHING,
  },
  document: {
    ...{ folder: 'WhatsApp Documents', prefix: 'DOC', extension: 'pdf' },
    ...{ mimeType: 'application/pdf', messageType: 9 },
    ...{ share: 0.05, medianBytes: 300_000, sigma: 1.3 },
    head: () => Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nstream\n', 'latin1'),
    tail: Buffer.from('\nendstream\nendobj\nstartxref\n0\n%%EOF\n', 'latin1'),
  },
  status: {
    ...JPEG,
    ...{ folder: '.Statuses', prefix: '', share: 0.05, medianBytes: 90_000, sigma: 0.7 },
    tail: JPEG_END,
  },
};

/** No media file of a sample is smaller: every format's head and tail fit into it. */
export const MIN_MEDIA_BYTES = 400;

/** A JFIF header, two quantization tables, the frame and the scan header. */
export function jpegHead(_totalBytes: number, random: Random): Buffer {
  const height = random.between(300, 1600);
  const tables = [0, 1].flatMap((table) => {
    const steps = Array.from({ length: 64 }, (_, at) => 3 + table * 4 + Math.floor(at / 3));
    return [0xff, 0xdb, 0, 67, table, ...steps];
  });
  return Buffer.from([
    ...[0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0],
    ...tables,
    ...[0xff, 0xc0, 0, 17, 8, height >>> 8, height & 255, 4, 0x80, 3],
    ...[1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1],
    ...[0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0],
  ]);
}

/** An `ftyp` box and the header of the `mdat` box that fills the rest of the file. */
function mp4Head(totalBytes: number): Buffer {
  const head = Buffer.alloc(32 + 8);
  head.writeUInt32BE(32, 0);
  head.write('ftypmp42', 4, 'latin1');
  head.write('mp42mp41isomiso2', 16, 'latin1');
  head.writeUInt32BE(totalBytes - 32, 32);
  head.write('mdat', 36, 'latin1');
  return head;
}

/** The two header pages of an Ogg Opus stream (RFC 7845 §3), mono, 16 kHz. */
function opusHead(_totalBytes: number, random: Random): Buffer {
  const stream = random.uint32();
  const identity = Buffer.from('OpusHead\x01\x01\x00\x00\x80\x3e\x00\x00\x00\x00\x00', 'latin1');
  const vendor = Buffer.from('\x08\x00\x00\x00WhatsApp\x00\x00\x00\x00', 'latin1');
  const tags = Buffer.concat([Buffer.from('OpusTags', 'latin1'), vendor]);
  return Buffer.concat([oggPage(stream, 0, identity), oggPage(stream, 1, tags)]);
}

/** One Ogg page with one packet of under 255 bytes (RFC 3533 §6). */
function oggPage(stream: number, sequence: number, packet: Buffer): Buffer {
  const page = Buffer.alloc(28 + packet.length);
  page.write('OggS', 0, 'latin1');
  page[5] = sequence === 0 ? 2 : 0;
  page.writeUInt32LE(stream, 14);
  page.writeUInt32LE(sequence, 18);
  page[26] = 1;
  page[27] = packet.length;
  packet.copy(page, 28);
  let crc = 0;
  for (const byte of page) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  page.writeInt32LE(crc, 22);
  return page;
}
