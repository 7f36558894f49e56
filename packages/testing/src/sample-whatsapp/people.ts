// The people and chats of a sample: contacts of several countries, one-to-one chats and groups,
// a few of them very busy and most of them quiet.

import type { DatabaseSync } from 'node:sqlite';
import { inventLanguage, inventWords } from './chat-text.ts';
import { type Language, languageOfNumber } from './languages.ts';
import type { Random } from './random.ts';

export interface Chat {
  readonly rowId: number;
  readonly jidRowId: number;
  readonly isGroup: boolean;
  readonly language: Language;
  /** `jid` rows of everyone in the chat but the phone's owner. */
  readonly members: readonly number[];
  /** How often this chat gets a message, relative to the others. */
  readonly weight: number;
}

const OWNER_JID_ROW_ID = 1;
const MAX_MEMBERS = 64;
const CONTACTS_PER_CHAT = 2;
const GROUP_SHARE = 0.4;
const DAY_MS = 86_400_000;

/**
 * Fills `jid`, `chat` and `group_participant_user` of a new msgstore.db and the contacts of a new
 * wa.db. The number of chats grows with `messages`: about 20 for 1,000, 700 for 2,000,000.
 */
export function inventPeople(
  databases: { msgstore: DatabaseSync; contacts: DatabaseSync },
  random: Random,
  size: { messages: number; startMs: number },
): Chat[] {
  const { msgstore, contacts } = databases;
  const insertJid = msgstore.prepare(
    'INSERT INTO jid (user, server, agent, device, type, raw_string) VALUES (?, ?, 0, 0, ?, ?)',
  );
  const addJid = (user: string, server: string, type: number): number =>
    Number(insertJid.run(user, server, type, `${user}@${server}`).lastInsertRowid);
  const insertContact = contacts.prepare(
    `INSERT INTO wa_contacts (jid, is_whatsapp_user, status, status_timestamp, number,
       raw_contact_id, display_name, given_name, wa_name, sort_name, photo_ts, phone_type)
     VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, 2)`,
  );
  const chatCount = Math.max(4, Math.round(size.messages ** 0.45));
  addJid('447700900001', 's.whatsapp.net', 0);
  addJid('status', 'broadcast', 5);

  const people: { jidRowId: number; language: Language; name: string }[] = [];
  for (let made = 0; made < chatCount * CONTACTS_PER_CHAT; made++) {
    const language = inventLanguage(random);
    const number = `${language.callingCode}${random.between(1000, 9999)}${100_000 + made}`;
    const name = random.pick(language.names);
    const jidRowId = addJid(number, 's.whatsapp.net', 0);
    const about = inventWords(random, language, random.between(1, 6));
    const sinceMs = size.startMs + random.between(0, 300) * DAY_MS;
    insertContact.run(
      ...[`${number}@s.whatsapp.net`, about, sinceMs, `+${number}`, made + 1],
      ...[`${name} ${inventWords(random, language, 1)}`, name, name, name, sinceMs],
    );
    people.push({ jidRowId, language, name });
  }

  const insertChat = msgstore.prepare(
    `INSERT INTO chat (jid_row_id, hidden, subject, created_timestamp, archived, sort_timestamp,
       spam_detection, unseen_message_count, unseen_row_count, ephemeral_expiration, group_type)
     VALUES (?, 0, ?, ?, ?, ?, 1, 0, 0, 0, 0)`,
  );
  const insertMember = msgstore.prepare(
    `INSERT OR IGNORE INTO group_participant_user (group_jid_row_id, user_jid_row_id, rank, pending)
     VALUES (?, ?, ?, 0)`,
  );
  const chats: Chat[] = [];
  for (let made = 0; made < chatCount; made++) {
    const person = people[made] as (typeof people)[number];
    const isGroup = random.chance(GROUP_SHARE);
    let { jidRowId } = person;
    let subject: string | null = null;
    const members = new Set([person.jidRowId]);
    if (isGroup) {
      jidRowId = addJid(`120363${random.between(100_000, 999_999)}${100_000 + made}`, 'g.us', 1);
      subject = inventWords(random, person.language, random.between(1, 4));
      const others = Math.min(MAX_MEMBERS - 1, 1 + Math.floor(random.logNormal(5, 0.8)));
      for (let left = others; left > 0; left--) members.add(random.pick(people).jidRowId);
      insertMember.run(jidRowId, OWNER_JID_ROW_ID, 0);
      let rank = 2;
      for (const member of members) {
        insertMember.run(jidRowId, member, rank);
        rank = 0;
      }
    }
    const archived = random.chance(0.1) ? 1 : 0;
    const result = insertChat.run(jidRowId, subject, size.startMs, archived, size.startMs);
    const weight = random.logNormal(1, 1.6);
    const rowId = Number(result.lastInsertRowid);
    const { language } = person;
    chats.push({ rowId, jidRowId, isGroup, language, members: [...members], weight });
  }
  return chats;
}

/** The chats of an existing msgstore.db, as busy as they have been so far. */
export function readChats(msgstore: DatabaseSync): Chat[] {
  const counts = new Map<number, number>();
  const countRows = msgstore
    .prepare('SELECT chat_row_id AS id, count(*) AS messages FROM message GROUP BY chat_row_id')
    .all();
  for (const row of countRows) counts.set(Number(row.id), Number(row.messages));
  const readMembers = msgstore.prepare(
    `SELECT p.user_jid_row_id AS id, j.user AS number FROM group_participant_user p
     JOIN jid j ON j._id = p.user_jid_row_id
     WHERE p.group_jid_row_id = ? AND p.user_jid_row_id <> ${OWNER_JID_ROW_ID} ORDER BY p._id`,
  );
  const rows = msgstore
    .prepare(
      `SELECT c._id AS rowId, j._id AS jidRowId, j.user AS number, j.server AS server
       FROM chat c JOIN jid j ON j._id = c.jid_row_id ORDER BY c._id`,
    )
    .all();
  return rows.map((row) => {
    const isGroup = row.server === 'g.us';
    const jidRowId = Number(row.jidRowId);
    const members = isGroup
      ? readMembers.all(jidRowId)
      : [{ id: row.jidRowId, number: row.number }];
    return {
      rowId: Number(row.rowId),
      jidRowId,
      isGroup,
      language: languageOfNumber(String(members[0]?.number)),
      members: members.map((member) => Number(member.id)),
      weight: (counts.get(Number(row.rowId)) ?? 0) + 0.1,
    };
  });
}
