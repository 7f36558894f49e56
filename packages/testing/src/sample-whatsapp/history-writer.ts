// Lets people talk: decides who says what, in which chat, quoting, reacting, reading, and writes
// it. Knows no files and no transactions: its callers decide when to commit.

import type { DatabaseSync } from 'node:sqlite';
import { correctText, inventEmoji, inventText, inventWords } from './chat-text.ts';
import { MEDIA_KINDS, type MediaKind } from './media-kind.ts';
import type { StoredMedia } from './media-library.ts';
import { MESSAGE_STATUS, type Message, MessageRows } from './message-rows.ts';
import type { Chat } from './people.ts';
import { type Random, WeightedChoice } from './random.ts';

const MESSAGE_TYPE = { text: 0, contact: 4, location: 5, system: 7, deleted: 15 };
const KEPT_RECENT = 8;
const NOT_DOWNLOADED_KINDS: readonly MediaKind[] = ['image', 'image', 'image', 'voice', 'video'];

export interface HistoryOptions {
  /** True: receipts come in later, as on a phone in use. False: all is long read. */
  readonly live: boolean;
  /** How many of the messages are media that is not on the phone, 0 … 1. */
  readonly notDownloadedShare: number;
}

export class HistoryWriter {
  readonly counts = { messages: 0, edited: 0, reactions: 0, receipts: 0 };
  readonly #rows: MessageRows;
  readonly #db: DatabaseSync;
  readonly #random: Random;
  readonly #options: HistoryOptions;
  readonly #chats: readonly Chat[];
  readonly #choice: WeightedChoice;
  readonly #recent = new Map<number, Message[]>();
  readonly #changed = new Map<number, Message>();
  #unread: { message: Message; readerJidRowId: number }[] = [];
  #nextRowId: number;

  constructor(db: DatabaseSync, chats: readonly Chat[], random: Random, options: HistoryOptions) {
    this.#db = db;
    this.#chats = chats;
    this.#random = random;
    this.#options = options;
    this.#rows = new MessageRows(db, random);
    this.#choice = new WeightedChoice(chats.map((chat) => chat.weight));
    this.#nextRowId =
      Number(db.prepare('SELECT max(_id) AS last FROM message').get()?.last ?? 0) + 1;
  }

  pickChat(): Chat {
    return this.#chats[this.#choice.next(this.#random)] as Chat;
  }

  /** Writes one message, of `media` if given, and what belongs to it. */
  say(chat: Chat, timestampMs: number, media?: StoredMedia): void {
    const random = this.#random;
    const fromMe = media?.isSent ?? random.chance(ownShare(chat));
    const content = this.#inventContent(chat, media);
    const message: Message = {
      rowId: this.#nextRowId++,
      chatRowId: chat.rowId,
      fromMe,
      keyId: random.hex(32),
      senderJidRowId: fromMe || !chat.isGroup ? 0 : random.pick(chat.members),
      timestampMs,
      type: content.type,
      text: content.text,
    };
    const { live } = this.#options;
    const ownStatus = live ? MESSAGE_STATUS.delivered : MESSAGE_STATUS.read;
    this.#rows.message(message, {
      status: fromMe ? ownStatus : MESSAGE_STATUS.received,
      recipients: chat.isGroup ? chat.members.length : 0,
      isForward: media?.isForward ?? random.chance(0.02),
      starred: random.chance(0.003),
    });
    const recent = this.#recentOf(chat);
    const { kind, url } = content;
    if (kind !== null) this.#rows.media(message, kind, media ?? null);
    if (url !== null) this.#rows.link(message, url, inventText(random, chat.language));
    if (message.type === MESSAGE_TYPE.system)
      this.#rows.system(message, random.pick([1, 6, 12, 67]));
    if (message.type === MESSAGE_TYPE.deleted) this.#rows.revoked(message);
    if (message.type === MESSAGE_TYPE.contact) {
      this.#rows.contactCard(message, random.pick(chat.language.names));
    }
    if (message.type === MESSAGE_TYPE.location) {
      this.#rows.location(message, inventWords(random, chat.language, 3));
    }
    if (recent.length > 0 && random.chance(chat.isGroup ? 0.12 : 0.06)) {
      this.#rows.quoted(message, random.pick(recent));
    }
    if (fromMe) this.#deliver(message, chat);
    recent.push(message);
    if (recent.length > KEPT_RECENT) recent.shift();
    this.#changed.set(chat.rowId, message);
    this.counts.messages++;
    if (random.chance(0.07)) this.#react(chat, recent, timestampMs);
    if (random.chance(0.003)) this.#rows.call(chat.jidRowId, timestampMs);
  }

  /** Brings `chat` up to date for every chat that was written to since the last call. */
  updateChats(): void {
    for (const last of this.#changed.values()) {
      const mayBeUnread = this.#options.live && !last.fromMe;
      this.#rows.chat(last, mayBeUnread ? this.#random.between(0, 3) : 0);
    }
    this.#changed.clear();
  }

  /** Lets readers of the owner's messages read some of what they got. */
  updateReceipts(timestampMs: number): void {
    const reading = this.#unread.splice(0, Math.ceil(this.#unread.length / 8));
    for (const { message, readerJidRowId } of reading) {
      this.#rows.read(message, readerJidRowId, timestampMs);
    }
  }

  /**
   * Rewrites the text of one message that was there before: a recent one, because messages can be
   * edited for a quarter of an hour only.
   */
  editOne(timestampMs: number, lastRowId: number): void {
    const read = this.#db.prepare(
      `SELECT m._id AS rowId, m.key_id AS keyId, m.text_data AS text, c._id AS chatRowId FROM message m
       JOIN chat c ON c._id = m.chat_row_id WHERE m._id >= ? AND m.message_type = 0
       AND m.text_data IS NOT NULL ORDER BY m._id LIMIT 1`,
    );
    const back = Math.floor(-Math.log(1 - this.#random.fraction()) * MEAN_EDIT_DISTANCE);
    const row = read.get(Math.max(lastRowId - back, 1)) ?? read.get(1);
    if (row === undefined) return;
    const chat = this.#chats.find((candidate) => candidate.rowId === row.chatRowId) as Chat;
    const text = correctText(this.#random, chat.language, String(row.text));
    this.#rows.edit(Number(row.rowId), String(row.keyId), text, timestampMs);
    this.counts.edited++;
  }

  #inventContent(
    chat: Chat,
    media: StoredMedia | undefined,
  ): { type: number; kind: MediaKind | null; text: string | null; url: string | null } {
    const random = this.#random;
    const isMissing = media === undefined && random.chance(this.#options.notDownloadedShare);
    const kind = media?.kind ?? (isMissing ? random.pick(NOT_DOWNLOADED_KINDS) : null);
    if (kind !== null) {
      const hasCaption = kind !== 'voice' && random.chance(0.15);
      const text = hasCaption ? inventText(random, chat.language).text : null;
      return { type: MEDIA_KINDS[kind].messageType, kind, text, url: null };
    }
    const odd = random.fraction();
    let type = MESSAGE_TYPE.text;
    if (odd < 0.003) type = MESSAGE_TYPE.system;
    else if (odd < 0.006) type = MESSAGE_TYPE.deleted;
    else if (odd < 0.008) type = MESSAGE_TYPE.contact;
    else if (odd < 0.01) type = MESSAGE_TYPE.location;
    if (type !== MESSAGE_TYPE.text) return { type, kind: null, text: null, url: null };
    return { type, kind: null, ...inventText(random, chat.language) };
  }

  #deliver(message: Message, chat: Chat): void {
    for (const readerJidRowId of chat.members) {
      const afterMs = Math.ceil(this.#random.logNormal(60_000, 2));
      const readAtMs = this.#options.live ? null : message.timestampMs + afterMs;
      this.#rows.receipt(message, readerJidRowId, readAtMs);
      this.counts.receipts++;
      if (this.#options.live) this.#unread.push({ message, readerJidRowId });
    }
  }

  #react(chat: Chat, recent: readonly Message[], timestampMs: number): void {
    const random = this.#random;
    const message = random.pick(recent);
    const isMine = random.chance(ownShare(chat));
    const sender = isMine ? 0 : random.pick(chat.members);
    this.#rows.reaction(message, sender, inventEmoji(random), timestampMs + 900);
    this.counts.reactions++;
  }

  #recentOf(chat: Chat): Message[] {
    const known = this.#recent.get(chat.rowId);
    if (known !== undefined) return known;
    const rows = this.#db
      .prepare(
        `SELECT _id, chat_row_id, from_me, key_id, sender_jid_row_id, timestamp, message_type,
           text_data FROM message WHERE chat_row_id = ? ORDER BY _id DESC LIMIT ${KEPT_RECENT}`,
      )
      .all(chat.rowId);
    const recent = rows.reverse().map((row) => ({
      rowId: Number(row._id),
      chatRowId: Number(row.chat_row_id),
      fromMe: row.from_me === 1,
      keyId: String(row.key_id),
      senderJidRowId: Number(row.sender_jid_row_id),
      timestampMs: Number(row.timestamp),
      type: Number(row.message_type),
      text: row.text_data === null ? null : String(row.text_data),
    }));
    this.#recent.set(chat.rowId, recent);
    return recent;
  }
}

function ownShare(chat: Chat): number {
  return chat.isGroup ? Math.max(0.08, 1 / (chat.members.length + 1)) : 0.45;
}
/** Messages, on average, that were written since one that is edited. */
const MEAN_EDIT_DISTANCE = 2000;
