import { describe, expect, it } from 'vitest'

import { language } from '#plugins/guards/language'

import { detectLanguage } from '../../../plugins/guards/language/detect-language.ts'
import { languageCode, languageName } from '../../../plugins/guards/language/names.ts'
import { createLocalCheck } from './local-check.ts'

/** The first article of the Universal Declaration of Human Rights, or most of it. */
const DECLARATION: readonly (readonly [string, string])[] = [
  [
    'en',
    'All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.',
  ],
  [
    'de',
    'Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.',
  ],
  [
    'fr',
    'Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité.',
  ],
  [
    'es',
    'Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros.',
  ],
  [
    'it',
    'Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione e di coscienza e devono agire gli uni verso gli altri in spirito di fratellanza.',
  ],
  [
    'pt',
    'Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e de consciência, devem agir uns para com os outros em espírito de fraternidade.',
  ],
  [
    'nl',
    'Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd met verstand en geweten, en behoren zich jegens elkander in een geest van broederschap te gedragen.',
  ],
  [
    'sv',
    'Alla människor är födda fria och lika i värde och rättigheter. De är utrustade med förnuft och samvete och bör handla gentemot varandra i en anda av broderskap.',
  ],
  [
    'da',
    'Alle mennesker er født frie og lige i værdighed og rettigheder. De er udstyret med fornuft og samvittighed, og de bør handle mod hverandre i en broderskabets ånd.',
  ],
  [
    'no',
    'Alle mennesker er født frie og med samme menneskeverd og menneskerettigheter. De er utstyrt med fornuft og samvittighet og bør handle mot hverandre i brorskapets ånd.',
  ],
  [
    'fi',
    'Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on annettu järki ja omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä.',
  ],
  [
    'pl',
    'Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa.',
  ],
  [
    'cs',
    'Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni rozumem a svědomím a mají spolu jednat v duchu bratrství.',
  ],
  [
    'sk',
    'Všetci ľudia sa rodia slobodní a sebe rovní, čo sa týka ich dôstojnosti a práv. Sú obdarení rozumom a majú navzájom jednať v bratskom duchu.',
  ],
  [
    'hu',
    'Minden emberi lény szabadon születik és egyenlő méltósága és joga van. Az emberek, ésszel és lelkiismerettel bírván, egymással szemben testvéri szellemben kell hogy viseltessenek.',
  ],
  [
    'ro',
    'Toate ființele umane se nasc libere și egale în demnitate și în drepturi. Ele sunt înzestrate cu rațiune și conștiință și trebuie să se comporte unele față de altele în spiritul fraternității.',
  ],
  [
    'tr',
    'Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler.',
  ],
  [
    'vi',
    'Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi. Mọi con người đều được tạo hoá ban cho lý trí và lương tâm.',
  ],
  [
    'id',
    'Semua orang dilahirkan merdeka dan mempunyai martabat dan hak-hak yang sama. Mereka dikaruniai akal dan hati nurani dan hendaknya bergaul satu sama lain dalam semangat persaudaraan.',
  ],
  [
    'hr',
    'Sva ljudska bića rađaju se slobodna i jednaka u dostojanstvu i pravima. Ona su obdarena razumom i sviješću i trebaju jedna prema drugima postupati u duhu bratstva.',
  ],
  [
    'fil',
    "Ang lahat ng tao ay isinilang na malaya at pantay-pantay sa karangalan at mga karapatan. Sila ay pinagkalooban ng katwiran at budhi at dapat magpalagayan ang isa't isa sa diwa ng pagkakapatiran.",
  ],
  [
    'sw',
    'Watu wote wamezaliwa huru, hadhi na haki zao ni sawa. Wote wamejaliwa akili na dhamiri, hivyo yapasa watendeane kindugu.',
  ],
  [
    'ca',
    'Tots els éssers humans neixen lliures i iguals en dignitat i en drets. Són dotats de raó i de consciència, i han de comportar-se fraternalment els uns amb els altres.',
  ],
  [
    'ru',
    'Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.',
  ],
  [
    'uk',
    'Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю і повинні діяти у відношенні один до одного в дусі братерства.',
  ],
  [
    'bg',
    'Всички хора се раждат свободни и равни по достойнство и права. Те са надарени с разум и съвест и следва да се отнасят помежду си в дух на братство.',
  ],
  [
    'sr',
    'Сва људска бића рађају се слободна и једнака у достојанству и правима. Она су обдарена разумом и свешћу и треба једни према другима да поступају у духу братства.',
  ],
  [
    'ar',
    'يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا بروح الإخاء.',
  ],
  [
    'fa',
    'تمام افراد بشر آزاد به دنیا می آیند و از لحاظ حیثیت و حقوق با هم برابرند. همه دارای عقل و وجدان می باشند و باید نسبت به یکدیگر با روح برادری رفتار کنند.',
  ],
  [
    'ur',
    'تمام انسان آزاد اور حقوق و عزت کے اعتبار سے برابر پیدا ہوئے ہیں۔ انہیں ضمیر اور عقل ودیعت ہوئی ہے۔',
  ],
  [
    'hi',
    'सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। उन्हें बुद्धि और अन्तरात्मा की देन प्राप्त है।',
  ],
  ['mr', 'सर्व मानवी व्यक्ती जन्मतःच स्वतंत्र आहेत व त्यांना समान प्रतिष्ठा व समान अधिकार आहेत.'],
  [
    'ne',
    'सबै व्यक्तिहरू जन्मजात स्वतन्त्र हुन् ती सबैको समान अधिकार र महत्व छ। निजहरूमा विचार शक्ति र सद्विचार भएको छ।',
  ],
  ['ja', 'すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。'],
  ['zh', '人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。'],
  ['ko', '모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.'],
  ['th', 'มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ'],
  ['el', 'Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.'],
  ['he', 'כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.'],
]
/** Too alike to be told from each other with much confidence. */
const NEIGHBOURS = [
  ['da', 'no', 'sv'],
  ['cs', 'sk'],
  ['ru', 'bg', 'uk', 'sr'],
  ['es', 'ca', 'pt'],
]

describe('language', () => {
  it.each(DECLARATION)('tells %s', (code, text) => {
    expect(detectLanguage(text)?.language).toBe(code)
  })

  it.each(DECLARATION)('is sure that %s is none of others', (code, text) => {
    const near = NEIGHBOURS.find((group) => group.includes(code)) ?? [code]
    const others = DECLARATION.map(([other]) => other).filter((other) => !near.includes(other))
    for (const other of others) {
      expect(detectLanguage(text, new Set([other]))?.confidence).toBeGreaterThan(0.6)
    }
  })

  it.each([
    ['en', 'Hello, how are you?'],
    ['en', 'What is the weather today?'],
    ['de', 'Wie ist das Wetter heute?'],
    ['fr', 'Quel temps fait-il ?'],
    ['nl', 'Hoe gaat het met je?'],
    ['ja', 'こんにちは'],
    ['zh', '你好'],
    ['ko', '안녕하세요'],
  ])('tells %s from a short question', (code, text) => {
    expect(detectLanguage(text)?.language).toBe(code)
  })

  it('does not guess at what says nothing', () => {
    for (const text of ['', '12345', 'ok', '...', '😀', '\ud83d', 'foo()']) {
      expect(detectLanguage(text)?.confidence ?? 0).toBeLessThan(0.7)
    }
  })

  it('knows languages by names and codes', () => {
    const names = ['English', 'deutsch', 'pt-BR', '中文', 'Norwegian', 'nb', 'Klingon']
    expect(names.map(languageCode)).toEqual(['en', 'de', 'pt', 'zh', 'no', 'no', undefined])
  })

  it('blocks what is not allowed, and names it', () => {
    const check = createLocalCheck(language, { allowed_languages: ['English'] })
    expect(check('What is the weather like today?')).toBeUndefined()
    expect(check('ok')).toBeUndefined()
    expect(check('Wie ist das Wetter heute bei euch?')).toMatchObject({
      passed: false,
      text: 'The text is in German, which is not allowed.',
    })
  })

  it('refuses a language that it can not tell', () => {
    expect(() => createLocalCheck(language, { allowed_languages: ['Klingon'] })).toThrow('told')
  })
})

it('is told by its name, or by its script where that is all that is known', () => {
  expect(languageName('de')).toBe('German')
  expect(languageName('kana')).toBe('kana')
})
