/** Words of topics that guards are often about. A topic that is not here is its own word. */
export const VOCABULARY: Readonly<Record<string, string>> = {
  politics:
    'politics political politician election electoral vote voter ballot campaign party president minister parliament senate senator congress government democrat republican liberal conservative legislation referendum policy candidate mayor governor coalition opposition left-wing right-wing',
  religion:
    'religion religious god church mosque temple synagogue bible quran torah prayer pray faith christian muslim jewish hindu buddhist islam christianity judaism priest imam rabbi worship sermon theology prophet',
  medicine:
    'medicine medical doctor physician patient symptom diagnosis diagnose disease illness treatment therapy prescription prescribe dose dosage drug medication antibiotic surgery hospital clinic infection vaccine cancer diabetes pain fever tablet',
  law: 'law legal lawyer attorney court judge lawsuit sue litigation contract liability plaintiff defendant statute regulation verdict trial appeal jurisdiction copyright trademark patent custody divorce testament',
  finance:
    'finance financial invest investment investor stock share bond portfolio dividend broker trading trader crypto bitcoin mortgage loan interest inflation bank banking fund hedge asset retirement pension tax savings credit',
  gambling:
    'gambling gamble bet betting casino poker roulette blackjack lottery jackpot slot wager bookmaker odds sportsbook bingo dice',
  weapons:
    'weapon gun rifle pistol firearm ammunition bullet explosive bomb grenade knife missile detonator shotgun silencer arsenal ballistic',
  drugs:
    'drugs cocaine heroin cannabis marijuana weed meth methamphetamine ecstasy mdma lsd opioid fentanyl dealer overdose narcotic psychedelic ketamine',
  sports:
    'sport football soccer basketball tennis baseball hockey cricket rugby golf match tournament league championship goal coach athlete olympics team player score stadium referee',
  sexuality:
    'sex sexual sexuality erotic porn pornography nude naked orgasm intercourse fetish masturbation genital erection escort',
}
