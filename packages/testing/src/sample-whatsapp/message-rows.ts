// The rows that messages and what happens to them leave in msgstore.db.

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { ChatText } from './chat-text.ts';
import { jpegHead, MEDIA_KINDS, type MediaKind } from './media-kind.ts';
import type { StoredMedia } from './media-library.ts';
import type { Random } from './random.ts';

export interface Message {
  readonly rowId: number;
  readonly chatRowId: number;
  readonly fromMe: boolean;
  /** 32 hex digits. */
  readonly keyId: string;
  /** 0 in a chat of two, and for the owner's own messages. */
  readonly senderJidRowId: number;
  readonly timestampMs: number;
  readonly type: number;
  readonly text: string | null;
}

export const MESSAGE_STATUS = { received: 0, sent: 4, delivered: 5, read: 13 };
const REACTION_TYPE = 56;

export class MessageRows {
  readonly #db: DatabaseSync;
  readonly #random: Random;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return Number(statement.run(...values).lastInsertRowid);
  }

  message(
    message: Message,
    more: { status: number; recipients: number; isForward: boolean; starred: boolean },
  ): void {
    const { rowId, timestampMs } = message;
    const hash = more.recipients > 0 && message.fromMe ? `2:${this.#random.hex(8)}` : null;
    this.#run(
      `INSERT INTO message (_id, chat_row_id, from_me, key_id, sender_jid_row_id, status, broadcast,
         recipient_count, participant_hash, origination_flags, origin, timestamp,
         received_timestamp, receipt_server_timestamp, message_type, text_data, starred,
         lookup_tables, sort_id, message_add_on_flags, view_mode)
       VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, 0, ?, 0, 0)`,
      ...[rowId, message.chatRowId, message.fromMe ? 1 : 0, message.keyId],
      ...[message.senderJidRowId, more.status, more.recipients, hash, more.isForward ? 1 : 0],
      ...[timestampMs, timestampMs + this.#random.between(80, 2500)],
      ...[message.fromMe ? timestampMs + 600 : -1, message.type, message.text],
      ...[more.starred ? 1 : 0, rowId],
    );
    if (more.isForward) this.#run('INSERT INTO message_forwarded VALUES (?, 1)', rowId);
    if (message.text !== null) {
      this.#run(
        'INSERT INTO message_ftsv2 (docid, content, fts_jid, fts_namespace) VALUES (?, ?, ?, ?)',
        ...[rowId, message.text, String(message.chatRowId), '1'],
      );
    }
  }

  link(message: Message, url: string, preview: ChatText): void {
    this.#run(
      'INSERT INTO message_link (chat_row_id, message_row_id, link_index) VALUES (?, ?, 0)',
      ...[message.chatRowId, message.rowId],
    );
    this.#run(
      `INSERT INTO message_text (message_row_id, description, page_title, url, preview_type)
       VALUES (?, ?, ?, ?, 0)`,
      ...[message.rowId, preview.text, preview.text.slice(0, 60), url],
    );
  }

  quoted(message: Message, quoted: Message): void {
    this.#run(
      `INSERT INTO message_quoted (message_row_id, chat_row_id, parent_message_chat_row_id, from_me,
         sender_jid_row_id, key_id, timestamp, message_type, origin, text_data, lookup_tables)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0)`,
      ...[message.rowId, message.chatRowId, quoted.chatRowId, quoted.fromMe ? 1 : 0],
      ...[quoted.senderJidRowId, quoted.keyId, quoted.timestampMs, quoted.type, quoted.text],
    );
  }

  /** `stored` is null for media that the phone has not downloaded, or no longer has. */
  media(message: Message, kind: MediaKind, stored: StoredMedia | null): void {
    const random = this.#random;
    const { mimeType, medianBytes } = MEDIA_KINDS[kind];
    const isVisual = kind === 'image' || kind === 'video';
    const bytes = stored?.bytes ?? Math.ceil(random.logNormal(medianBytes, 0.5));
    const directPath = `/v/t62.7118-24/${random.between(10_000_000, 99_999_999)}_n.enc?ccb=11-4&oh=01_${random
      .bytes(30)
      .toString('base64url')}&oe=${random.hex(8)}&_nc_sid=5e03e0`;
    const name = kind === 'document' ? (stored?.path.split('/').at(-1) ?? 'file.pdf') : null;
    const seconds = kind === 'voice' || kind === 'video' ? Math.ceil(bytes / 25_000) : 0;
    this.#run(
      `INSERT INTO message_media (message_row_id, chat_row_id, autotransfer_retry_enabled,
         transferred, transcoded, file_path, file_size, suspicious_content, trim_from, trim_to,
         face_x, face_y, media_key, media_key_timestamp, width, height, has_streaming_sidecar,
         gif_attribution, thumbnail_height_width_ratio, direct_path, message_url, mime_type,
         file_length, media_name, file_hash, media_duration, page_count, enc_file_hash,
         is_animated_sticker, original_file_hash, media_caption)
       VALUES (?, ?, 1, ?, 0, ?, ?, 0, 0, 0, 0, 0, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
         0, NULL, ?)`,
      ...[message.rowId, message.chatRowId, stored === null ? 0 : 1, stored?.path ?? null, bytes],
      ...[random.bytes(32), message.timestampMs, isVisual ? 1152 : 0, isVisual ? 2048 : 0],
      ...[isVisual ? 1.78 : 0, directPath, `https://mmg.whatsapp.net${directPath}&mms3=true`],
      ...[mimeType, bytes, name, stored?.hash ?? random.bytes(32).toString('base64'), seconds],
      ...[kind === 'document' ? random.between(1, 40) : 0, random.bytes(32).toString('base64')],
      message.text,
    );
    if (!isVisual) return;
    const picture = random.bytes(Math.min(3000, Math.ceil(random.logNormal(600, 0.5))));
    this.#run(
      'INSERT INTO message_thumbnail VALUES (?, ?)',
      ...[message.rowId, Buffer.concat([jpegHead(picture.length, random), picture])],
    );
  }

  location(message: Message, placeName: string): void {
    this.#run(
      `INSERT INTO message_location (message_row_id, chat_row_id, latitude, longitude, place_name,
         map_download_status) VALUES (?, ?, ?, ?, ?, 2)`,
      ...[message.rowId, message.chatRowId, this.#random.fraction() * 120 - 60],
      ...[this.#random.fraction() * 360 - 180, placeName],
    );
  }

  contactCard(message: Message, name: string): void {
    const number = `+44${this.#random.between(1_000_000_000, 9_999_999_999)}`;
    const card = `BEGIN:VCARD\nVERSION:3.0\nN:;${name};;;\nFN:${name}\nTEL;type=CELL:${number}\nEND:VCARD`;
    this.#run(
      'INSERT INTO message_vcard (message_row_id, vcard) VALUES (?, ?)',
      message.rowId,
      card,
    );
  }

  system(message: Message, actionType: number): void {
    this.#run('INSERT INTO message_system VALUES (?, ?)', message.rowId, actionType);
  }

  revoked(message: Message): void {
    this.#run(
      'INSERT INTO message_revoked VALUES (?, ?, NULL, ?)',
      ...[message.rowId, this.#random.hex(32), message.timestampMs + 30_000],
    );
  }

  receipt(message: Message, readerJidRowId: number, readAtMs: number | null): void {
    this.#run(
      `INSERT INTO receipt_user (message_row_id, receipt_user_jid_row_id, receipt_timestamp,
         read_timestamp) VALUES (?, ?, ?, ?)`,
      ...[message.rowId, readerJidRowId, message.timestampMs + 1500, readAtMs],
    );
  }

  read(message: Message, readerJidRowId: number, readAtMs: number): void {
    this.#run(
      `UPDATE receipt_user SET read_timestamp = ?
       WHERE message_row_id = ? AND receipt_user_jid_row_id = ?`,
      ...[readAtMs, message.rowId, readerJidRowId],
    );
    this.#run(
      `UPDATE message SET status = ${MESSAGE_STATUS.read} WHERE _id = ?`,
      ...[message.rowId],
    );
  }

  reaction(message: Message, senderJidRowId: number, emoji: string, timestampMs: number): void {
    const addOn = this.#run(
      `INSERT INTO message_add_on (chat_row_id, from_me, key_id, sender_jid_row_id,
         parent_message_row_id, timestamp, received_timestamp, status, message_add_on_type)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${REACTION_TYPE})`,
      ...[message.chatRowId, senderJidRowId === 0 ? 1 : 0, this.#random.hex(32), senderJidRowId],
      ...[message.rowId, timestampMs, timestampMs + 300, senderJidRowId === 0 ? 5 : 0],
    );
    this.#run('INSERT INTO message_add_on_reaction VALUES (?, ?, ?)', addOn, emoji, timestampMs);
    this.#run('UPDATE message SET message_add_on_flags = 1 WHERE _id = ?', message.rowId);
    this.#run(
      'UPDATE chat SET last_message_reaction_row_id = ? WHERE _id = ?',
      ...[addOn, message.chatRowId],
    );
  }

  edit(rowId: number, keyId: string, text: string, timestampMs: number): void {
    this.#run('UPDATE message SET text_data = ? WHERE _id = ?', text, rowId);
    this.#run('UPDATE message_ftsv2 SET content = ? WHERE docid = ?', text, rowId);
    this.#run(
      'INSERT OR REPLACE INTO message_edit_info VALUES (?, ?, ?, ?)',
      ...[rowId, keyId, timestampMs, timestampMs - 400],
    );
  }

  /** `last` is the newest message of its chat. */
  chat(last: Message, unread: number): void {
    const { rowId } = last;
    this.#run(
      `UPDATE chat SET last_message_row_id = ?1, display_message_row_id = ?1,
         last_message_sort_id = ?1, display_message_sort_id = ?1, last_read_message_row_id = ?2,
         last_read_message_sort_id = ?2, last_read_receipt_sent_message_row_id = ?2,
         last_important_message_row_id = 1, sort_timestamp = ?3, unseen_message_count = ?4,
         unseen_row_count = ?4 WHERE _id = ?5`,
      ...[rowId, rowId - unread, last.timestampMs, unread, last.chatRowId],
    );
  }

  call(jidRowId: number, timestampMs: number): void {
    const random = this.#random;
    const seconds = Math.floor(random.logNormal(90, 1.3));
    this.#run(
      `INSERT INTO call_log (jid_row_id, from_me, call_id, transaction_id, timestamp, video_call,
         duration, call_result, bytes_transferred) VALUES (?, ?, ?, -1, ?, ?, ?, ?, ?)`,
      ...[jidRowId, random.chance(0.5) ? 1 : 0, `call:${random.hex(32)}`, timestampMs],
      ...[random.chance(0.3) ? 1 : 0, seconds, random.pick([2, 4, 5]), seconds * 4200],
    );
  }
}
