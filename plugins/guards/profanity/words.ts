/**
 * Swear words and slurs by language. A plus stands for the endings of English verbs and nouns. Words
 * that mean something harmless too (`cock`, `geil`, `con`) are left out: a false alarm is worse here.
 */
export const PROFANE_WORDS = {
  en: 'fuck+ motherfuck+ fck fuk fuckwit fuckface fuckhead clusterfuck mindfuck shit+ shitty shithead shithole bullshit+ horseshit dipshit apeshit batshit ass asses asshole+ arse arsehole+ asshat asswipe dumbass jackass badass smartass fatass bitch+ bitchy bastard+ cunt+ twat+ dickhead+ cocksuck+ dick+ prick+ pussy pussies wank+ bollocks bugger+ crap+ crappy damn+ goddamn goddamned whore+ slut+ slutty skank+ douche douchebag+ tosser+ piss+ fag+ faggot+ nigger+ nigga+ retard+ spic+ kike+ chink+ tranny jizz cum+ blowjob+ handjob+ rimjob+ boner+ titties tits milf+',
  de: 'scheiße scheisse scheiß scheiss beschissen arschloch arschlöcher arschlecken arsch ärsche fick ficken ficker gefickt verfickt fickt wichser wichsen hurensohn hurensöhne hure huren nutte nutten schlampe schlampen fotze fotzen schwanzlutscher miststück drecksau drecksack missgeburt mongo spast spasti kanake kanaken schwuchtel schwuchteln pisser verpiss titten möse bastard kacke kackbratze',
  fr: 'merde merdes merdique putain putains pute putes salope salopes salaud salauds connard connards connasse connasses enculé enculer enculés encule foutre niquer nique bite bites couille couilles chiotte chier bordel pédé pédés tapette tarlouze bougnoule branleur branleurs branler chatte',
  es: 'mierda mierdas puta putas puto putos joder jodido jodida jódete gilipollas cabrón cabrona cabrones coño hostia hijoputa hijueputa pendejo pendeja pendejos chingar chingada chingado chinga maricón maricones marica verga culero culera follar polla zorra capullo malparido gonorrea concha',
  it: 'cazzo cazzi cazzata cazzate merda merde stronzo stronza stronzi stronze vaffanculo fanculo puttana puttane troia troie coglione coglioni minchia figa fica bastardo bastardi frocio froci ricchione finocchio porcodio porcamadonna zoccola scopare inculare cornuto',
  pt: 'merda caralho porra puta putas puto foda foder fodido fodase filhodaputa cuzão buceta boceta viado veado bicha piranha arrombado otário cacete punheta pica rola vagabunda desgraçado',
  nl: 'kut kutwijf klootzak klootzakken lul lullen eikel hoer hoeren kanker kankerlijer tering tyfus godverdomme verdomme neuk neuken neukt flikker mongool klote kloten teef reet schijt',
  pl: 'kurwa kurwy kurwo kurwą chuj chuja chuje chujowy huj pierdol pierdolić pierdolę pierdolony spierdalaj wypierdalaj jebać jebany jebane zajebisty pojebany skurwysyn skurwiel cipa pizda dziwka dupek sukinsyn gówno gowno zapierdalać',
  ru: 'блять блядь бля блядина сука суки хуй хуя хуйня хуево нахуй похуй пизда пиздец пиздеть ебать ебаный ебан ебанутый заебал выебать еблан мудак мудаки гандон гондон пидор пидорас шлюха говно залупа долбоёб долбоеб жопа мразь ублюдок',
  tr: 'amk amına aminakoyim orospu orospuçocuğu piç siktir sikeyim sik yarrak göt götveren ibne kahpe pezevenk şerefsiz',
  sv: 'fitta fittor jävlar jävla helvete kuk kukar hora horor knulla rövhål skitstövel',
} as const

export type ProfaneLanguage = keyof typeof PROFANE_WORDS

/** What a plus stands for. */
export const ENDINGS = ['', 's', 'es', 'ed', 'er', 'ers', 'in', 'ing', 'ings', 'y']
