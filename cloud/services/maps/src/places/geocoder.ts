import type { Place } from "@kerbside/proto/base/place";
import { distanceM } from "@kerbside/proto/geo/geo";
import Flatbush from "flatbush";
import { type Entry, entryText } from "./address-book.ts";
import { foldHouse, isNearly, words } from "./fold.ts";

/** An answer to a search. `house` the very number, `street` the right street but another number, `name` a named thing. */
export interface Match {
  readonly text: string;
  readonly place: Place;
  readonly precision: "house" | "street" | "name";
  /** 0 to 1: how much of the name was in the question, less where the number is another. */
  readonly score: number;
  /** 0 to 1: how much of the question the name explains. Another city's name, say, it does not. */
  readonly explained: number;
  /** How far the house number is from the one asked for; null where only one of the two has a number. */
  readonly numberGap: number | null;
}

interface Name {
  readonly words: readonly string[];
  readonly entries: readonly Entry[];
}

const scoreMin = 0.5;
const metresPerDegree = 111_195;

/** Finds addresses by what people type, in Cyrillic or Latin, and by where they point. */
export class Geocoder {
  readonly #entries: readonly Entry[];
  readonly #names: readonly Name[];
  readonly #index: Flatbush;
  readonly #metresEast: number;

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    this.#names = [...Map.groupBy(entries, (entry) => entry.name)].map(([name, group]) => ({
      words: words(name),
      entries: group,
    }));
    this.#metresEast = metresPerDegree * Math.cos(((entries[0]?.place.lat ?? 0) * Math.PI) / 180);
    this.#index = new Flatbush(Math.max(1, entries.length));
    for (const { place } of entries) this.#index.add(place.lng * this.#metresEast, place.lat * metresPerDegree);
    if (entries.length === 0) this.#index.add(Infinity, Infinity);
    this.#index.finish();
  }

  /** The best matches, best first. */
  search(text: string, limit: number): readonly Match[] {
    const asked = words(text);
    if (asked.length === 0) return [];
    const matches: Match[] = [];
    for (const name of this.#names) {
      const score = likeness(name.words, asked);
      if (score < scoreMin) continue;
      const explained = share(asked, name.words);
      for (const found of bestOf(name, asked, score)) matches.push({ ...found, explained });
    }
    return matches
      .sort((a, b) => b.score - a.score || b.explained - a.explained || a.text.length - b.text.length)
      .slice(0, limit);
  }

  /** The address nearest to a place; null when none is within the limit. */
  nearest(
    place: Place,
    limitM: number,
  ): { readonly text: string; readonly place: Place; readonly distanceM: number } | null {
    const isAddress = (i: number): boolean => this.#entries[i]?.house !== null;
    const [x, y] = [place.lng * this.#metresEast, place.lat * metresPerDegree];
    const entry = this.#entries[this.#index.neighbors(x, y, 1, limitM, isAddress)[0] ?? -1];
    return entry ? { text: entryText(entry), place: entry.place, distanceM: distanceM(place, entry.place) } : null;
  }
}

/** How much of a name was asked for, by letters: 1 when each of its words is there. A surname alone is enough. */
function likeness(name: readonly string[], asked: readonly string[]): number {
  const letters = name.reduce((sum, word) => sum + word.length, 0);
  const found = name.map((word) => word.length * Math.max(0, ...asked.map((other) => wordLikeness(word, other))));
  return letters === 0 ? 0 : found.reduce((sum, value) => sum + value, 0) / letters;
}

/** How many of the question's letters stand in words of the name. Numbers and lone letters count for nothing. */
function share(asked: readonly string[], name: readonly string[]): number {
  const telling = asked.filter((word) => word.length > 1 && !/\d/.test(word));
  const letters = telling.reduce((sum, word) => sum + word.length, 0);
  const known = telling.filter((word) => name.some((other) => wordLikeness(other, word) > 0));
  return letters === 0 ? 1 : round(known.reduce((sum, word) => sum + word.length, 0) / letters);
}

function wordLikeness(word: string, asked: string): number {
  if (word === asked) return 1;
  if (asked.length >= 4 && word.startsWith(asked)) return 0.9;
  return isNearly(word, asked) ? 0.8 : 0;
}

/** The entry with the number that was asked for; else the closest number of the street, worth less. */
function bestOf(name: Name, asked: readonly string[], score: number): readonly Omit<Match, "explained">[] {
  const numbers = houseNumbers(asked.filter((word) => !name.words.includes(word) || !/\d/.test(word)));
  const houses = name.entries.filter((entry) => entry.house !== null);
  const exact = houses.find((entry) => entry.house !== null && numbers.includes(foldHouse(entry.house)));
  if (exact) return [match(exact, { precision: "house", score, numberGap: 0 })];
  const named = name.entries.filter((entry) => entry.house === null);
  const found = named.map((entry) =>
    match(entry, {
      precision: "name",
      score: numbers.length === 0 ? score : score * 0.8,
      numberGap: numbers.length === 0 ? 0 : null,
    }),
  );
  const wanted = Number.parseInt(numbers[0] ?? "1", 10);
  const away = (entry: Entry): number => Math.abs(Number.parseInt(entry.house ?? "", 10) - wanted) || 0;
  const [closest] = houses.toSorted((a, b) => away(a) - away(b));
  if (!closest) return found;
  return [
    ...found,
    match(closest, { precision: "street", score: score * 0.7, numberGap: numbers.length === 0 ? null : away(closest) }),
  ];
}

/** Words that can be a house number; a letter that stands alone after one belongs to it: `44 a`. */
function houseNumbers(asked: readonly string[]): readonly string[] {
  return asked.flatMap((word, i) => {
    if (!/\d/.test(word) || isPostcode(word)) return [];
    const next = asked[i + 1] ?? "";
    return next.length === 1 ? [`${word}${next}`, word] : [word];
  });
}

function isPostcode(word: string): boolean {
  return /^\d{5,}$/.test(word);
}

function match(entry: Entry, how: Pick<Match, "precision" | "score" | "numberGap">): Omit<Match, "explained"> {
  return { text: entryText(entry), place: entry.place, ...how, score: round(how.score) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
