// The languages that people in a sample write in: common words, most frequent first, and the
// syllables from which the long tail of rarer words is made. A telephone number's country prefix
// tells a person's language, so that nothing about it needs to be stored.

export interface Language {
  readonly code: string;
  /** How many people speak it, relative to the others. */
  readonly share: number;
  /** Country calling code, without "+". */
  readonly callingCode: string;
  /** What stands between two words: empty where the script has no spaces. */
  readonly separator: string;
  readonly names: readonly string[];
  readonly commonWords: readonly string[];
  readonly syllables: readonly string[];
}

function language(
  code: string,
  share: number,
  callingCode: string,
  texts: { names: string; words: string; syllables: string; separator?: string },
): Language {
  return {
    code,
    share,
    callingCode,
    separator: texts.separator ?? ' ',
    names: texts.names.split(' '),
    commonWords: texts.words.split(' '),
    syllables: texts.syllables.split(' '),
  };
}

export const LANGUAGES: readonly Language[] = [
  language('en', 34, '44', {
    names: 'Olivia Jack Amelia Harry Emily Thomas Grace Daniel Sophie Ben Chloe Sam Ruth Adam',
    words:
      'i you the to a and it that in is of for me so on my have what be we not just this are but was with do your at if no can yes know like will get up all good ok how out go when now there time think want see about day one they tomorrow did really going today yeah then here need work from thanks come oh make well love got still who sorry some right home too back later please night more back week call send because lol tonight dinner photo train meeting house weekend bring where happy birthday',
    syllables:
      'ta ber lin con ing ter ven ry mor sel pra dis nal ful com per tic ous ment ly der ble un re fi sto gra ward ness ship car ket',
  }),
  language('de', 14, '49', {
    names: 'Anna Lukas Lena Jonas Mia Felix Marie Paul Jürgen Käthe Sören Björn Heike Uwe',
    words:
      'ich das die ist nicht ja du der und es in ein so wir zu mit auf was noch den auch mal dann wie hab aber haben für bin nur schon da hast kann morgen heute gut mir dir eine im wenn oder uhr bei nein jetzt mich dich alles war von dem sind habe danke kommt geht mehr gerade doch zum heißt machen vielleicht schön weiß gerne komme wieder haus später nachher abend woche bitte super über könnt müssen grüße straße genau natürlich kinder einkaufen wochenende',
    syllables:
      'ver ge ung heit lich schaft be an aus ein stell haus bahn wer ken fahr zeug schu le tür wäs sen kauf rech nung ter min ge sell ab',
  }),
  language('es', 12, '34', {
    names: 'Lucía Mateo Sofía Hugo Martina Pablo Carmen Álvaro Paula Diego Íñigo Begoña',
    words:
      'que de no a la el y es en lo un por qué me una te los se con para mi está si bien pero yo eso las sí su tu aquí del al como le más esto ya todo esta vamos muy hay ahora algo estoy tengo nos tú nada cuando ha este sé estás así puedo cómo quiero sólo soy tiene gracias o él bueno fue ser hacer son todos era eres vez tienes creo ella he ese voy puede sabes hola mañana tarde casa luego jajaja besos niños semana dónde',
    syllables:
      'ca mi na do re la ción per tra ba jo ven ta ne cer pro gra ma so li dar es cu cha ri co mun dad ñe llo',
  }),
  language('pt', 12, '55', {
    names: 'Miguel Helena João Alice Arthur Laura Antônio Conceição Inês Gabriel Luísa',
    words:
      'que o de não a e eu você é um me para isso uma se em por do os está da com bem mas te como na no vou mais tudo ele ela aqui sim sabe ao quando muito já agora nada ser tem meu vai só estou foi seu sua esse tenho amanhã hoje obrigado pode então kkkk também gente bom dia casa depois tá pra né beijo saudade reunião trabalho família coração almoço ônibus mãe',
    syllables:
      'ção ra do men te ve ní cu lo ga nha ri os pe que ni co ra ju dar for te lha nho mar cas sa tem po res',
  }),
  language('hi', 10, '91', {
    names: 'आरव अनन्या विवान दीया अर्जुन सान्वी कबीर मीरा रोहन प्रिया',
    words:
      'है में की के का हैं को से नहीं और यह मैं तो भी हो कर पर एक था हम क्या आप इस ने तुम वह कल अभी बहुत ठीक अच्छा हाँ रहा हूँ आज घर बात काम कुछ जी क्यों कहाँ दो साथ सब समय फिर लिए दिन मुझे चलो अरे यार खाना फोन शाम सुबह धन्यवाद नमस्ते जन्मदिन मिलते',
    syllables: 'का मा ना रा सा ता ला पा वि नि प्र स्व दे ले गी ती या बा हु मे त्र ज्ञ को शी धा',
  }),
  language('ar', 8, '20', {
    names: 'محمد فاطمة أحمد مريم علي نور يوسف ليلى عمر سارة',
    words:
      'في من على ما لا أن هذا أنا هل إلى كان يا مع هو لم هذه كل أنت نعم ذلك عن شيء كيف هي قد لقد هنا لك الآن لماذا أي اليوم غدا شكرا حسنا البيت الله إن شاء حبيبي تمام طيب وين متى بعد قبل الليلة صباح الخير مساء العمل يوم جدا أريد عيد ميلاد سعيد السيارة',
    syllables: 'ال مس تش با را سي كو مل نا فر حا دي قا طو مر عة ين ات ها بي جد',
  }),
  language('ru', 8, '7', {
    names: 'Иван Анна Дмитрий Мария Алексей Ольга Сергей Елена Пётр Юлия',
    words:
      'я не что в и ты это на с он как мы да а но все у меня за так то по мне нет вы если вот когда же ну бы от есть только уже или ещё где сегодня завтра хорошо спасибо привет ладно давай можно надо будет тебя тебе там тут очень сейчас потом дома работа какой почему знаю думаю вечером утром поздравляю выходные позвони',
    syllables: 'ста ние про ко во ра бо та ле ни ски ми ре по да ва че ние шо кол ду ще ры фи',
  }),
  language('id', 6, '62', {
    names: 'Budi Siti Agus Dewi Rizky Putri Andi Wulan Fajar Indah',
    words:
      'aku kamu yang di dan ini itu ada tidak ya sudah mau saya bisa apa ke lagi kita untuk dengan dari juga sama belum nanti besok hari kalau jangan banyak makan pulang rumah sekarang baru terima kasih selamat pagi malam iya oke gak udah aja dong kok sih wkwk kerja teman ibu bapak jalan berapa dimana',
    syllables: 'me ber per ka ran ter di se lu nya kan an pu ti ma sa nga be la jar ku at',
  }),
  language('fr', 4, '33', {
    names: 'Léa Gabriel Chloé Raphaël Zoé Hélène François Anaïs Benoît',
    words:
      "je de est pas le vous la tu que un il et à a ne les ce en on une ça pour des moi qui nous mais y me dans elle bien du c'est mon si oui plus non tout te au avec va toi fait ils as être faire se ici bon demain merci soir d'accord très aussi maison après peut-être quand où déjà voilà bisous week-end",
    syllables: 'ment re sion pré tra vail con ver té li ou ple é cri ture cha lan gue mai',
  }),
  language('zh', 4, '86', {
    names: '王伟 李娜 张敏 刘洋 陈静 杨磊 赵霞 黄强',
    words:
      '的 我 你 了 是 不 在 好 有 他 这 人 们 来 到 说 要 就 会 吗 吧 啊 哈哈 今天 明天 现在 什么 怎么 没有 可以 知道 我们 谢谢 吃饭 回家 晚上 时候 一下 这个 那个 朋友 工作 电话 照片 生日快乐 早上好 晚安 周末',
    syllables: '大 小 中 国 家 学 生 天 地 水 火 山 车 电 机 城 市 心 手 文 书 年 月 门 路',
    separator: '',
  }),
];

/** The language of whoever has this number (digits only, with country code); English if unknown. */
export function languageOfNumber(digits: string): Language {
  const english = LANGUAGES[0] as Language;
  return LANGUAGES.find((candidate) => digits.startsWith(candidate.callingCode)) ?? english;
}
