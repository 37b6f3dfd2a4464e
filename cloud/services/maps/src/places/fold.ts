/** Kazakh and Russian letters as a Latin keyboard would type them; one spelling for what sounds alike. */
const latin: Readonly<Record<string, string>> = {
  а: "a",
  ә: "a",
  б: "b",
  в: "v",
  г: "g",
  ғ: "g",
  д: "d",
  е: "e",
  ё: "e",
  ж: "zh",
  з: "z",
  и: "i",
  й: "i",
  к: "k",
  қ: "k",
  л: "l",
  м: "m",
  н: "n",
  ң: "n",
  о: "o",
  ө: "o",
  п: "p",
  р: "r",
  с: "s",
  т: "t",
  у: "u",
  ұ: "u",
  ү: "u",
  ф: "f",
  х: "h",
  һ: "h",
  ц: "ts",
  ч: "ch",
  ш: "sh",
  щ: "sh",
  ъ: "",
  ы: "i",
  і: "i",
  ь: "",
  э: "e",
  ю: "iu",
  я: "ia",
};

/** Words that say what kind of thing a name is, or name the city itself: they tell no two addresses apart. */
const idle = new Set(
  (
    "ulitsa ulica ul str street st prospekt pr prosp avenue ave av pereulok per lane bulvar bul boulevard blvd shosse sh " +
    "highway mikroraion mkr microdistrict koshesi dangili g gorod city astana nursultan nur sultan kazahstan kazakhstan " +
    "kz dom house building bld apt apartment kv kvartira office of ofis podezd entrance etazh floor domofon intercom"
  ).split(" "),
);

/** Lower case, Latin letters, no accents; spellings that differ only by habit become one. */
function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFC")
    .replace(/\p{L}/gu, (letter) => latin[letter] ?? letter)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/kh/g, "h")
    .replace(/ya/g, "ia")
    .replace(/yu/g, "iu")
    .replace(/y/g, "i");
}

/** The telling words of a name, folded. */
export function words(text: string): readonly string[] {
  return fold(text)
    .split(/[^a-z0-9/]+/)
    .filter((word) => word !== "" && word !== "/" && !idle.has(word));
}

/** A house number in one spelling: `12 А` and `12a`, `7к2` and `7/2` are kept apart only where the sign differs. */
export function foldHouse(number: string): string {
  return fold(number).replace(/[^a-z0-9/]/g, "");
}

/** True when the words are the same but for one letter typed wrong, left out or added. */
export function isNearly(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 5) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return Math.max(a.length, b.length) - start - end <= 1;
}
