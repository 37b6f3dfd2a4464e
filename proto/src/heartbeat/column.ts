import { type BitReader, type BitWriter, bitLength, bitsMax } from "./bits.ts";

/*
 * One column of a batch: integers of one measure, each below 2^50 in size. Written as a form (2 bits), the first value, and
 * what the form needs:
 *   constant   nothing
 *   changes    how many, and for each how many samples later and by how much: for what seldom moves
 *   steady     the mean difference, then the error of "the same difference again"
 *   inertial   the first difference, then the error of "the same difference as the last", which is the delta of deltas
 * Errors are zigzag Rice codes with the parameter that suits the column. Sensor noise is most of a heartbeat, and for
 * noise a Rice code stays within a few hundredths of its entropy without a table.
 */
const forms = { constant: 0, changes: 1, steady: 2, inertial: 3 } as const;

/** A quotient of so many ones announces the error itself, so that a jump of the clock costs itself alone. */
const escapeOnes = bitsMax;
const riceBits = 5;
/** A column that moves less often is written as its changes. */
const changesShareMax = 1 / 6;

/** Values that a column may hold: their second differences are still exact integers. */
export const columnMax = 2 ** 50 - 1;

/**
 * Writes columns of at most `valuesMax` values. Holds the memory it works in, and loops by index: the robot packs a
 * batch a second while it is watched, and encoding must stay cheaper than `JSON.stringify`.
 */
export class ColumnWriter {
  readonly #differences: Float64Array;
  readonly #steady: Float64Array;
  readonly #inertial: Float64Array;

  constructor(valuesMax: number) {
    this.#differences = new Float64Array(valuesMax);
    this.#steady = new Float64Array(valuesMax);
    this.#inertial = new Float64Array(valuesMax);
  }

  write(bits: BitWriter, values: Float64Array, count: number): void {
    const first = values[0] ?? 0;
    const changes = this.#differ(values, count);
    if (changes === 0) {
      bits.write(forms.constant, 2);
      writeSigned(bits, first);
    } else if (changes <= count * changesShareMax) {
      bits.write(forms.changes, 2);
      writeSigned(bits, first);
      this.#writeChanges(bits, count - 1, changes);
    } else {
      this.#writeErrors(bits, first, ((values[count - 1] ?? 0) - first) / (count - 1), count - 1);
    }
  }

  #differ(values: Float64Array, count: number): number {
    const differences = this.#differences;
    let changes = 0;
    for (let i = 1; i < count; i += 1) {
      const difference = (values[i] ?? 0) - (values[i - 1] ?? 0);
      differences[i - 1] = difference;
      if (difference !== 0) changes += 1;
    }
    return changes;
  }

  #writeChanges(bits: BitWriter, count: number, changes: number): void {
    bits.writeSized(changes);
    let since = 0;
    for (let i = 0; i < count; i += 1) {
      const difference = this.#differences[i] ?? 0;
      if (difference === 0) {
        since += 1;
      } else {
        bits.writeSized(since);
        writeSigned(bits, difference);
        since = 0;
      }
    }
  }

  #writeErrors(bits: BitWriter, first: number, slope: number, count: number): void {
    const mean = Math.round(slope);
    const steady = this.#steadyErrors(mean, count);
    const inertial = this.#inertialErrors(count);
    const isInertial = inertial < steady;
    bits.write(isInertial ? forms.inertial : forms.steady, 2);
    writeSigned(bits, first);
    writeSigned(bits, isInertial ? (this.#differences[0] ?? 0) : mean);
    if (isInertial) writeRices(bits, this.#inertial, count - 1, inertial);
    else writeRices(bits, this.#steady, count, steady);
  }

  /** Answers how long the errors are together, in bits. */
  #steadyErrors(mean: number, count: number): number {
    let length = 0;
    for (let i = 0; i < count; i += 1) {
      const error = zigzag((this.#differences[i] ?? 0) - mean);
      this.#steady[i] = error;
      length += bitLength(error);
    }
    return length;
  }

  #inertialErrors(count: number): number {
    let length = 0;
    let last = this.#differences[0] ?? 0;
    for (let i = 1; i < count; i += 1) {
      const difference = this.#differences[i] ?? 0;
      const error = zigzag(difference - last);
      this.#inertial[i - 1] = error;
      length += bitLength(error);
      last = difference;
    }
    return length;
  }
}

/** Reads `count` values; the caller has bounded `count`. */
export function readColumn(bits: BitReader, count: number): number[] {
  const form = bits.read(2);
  const first = readSigned(bits);
  switch (form) {
    case forms.constant:
      return Array.from({ length: count }, () => first);
    case forms.changes:
      return readChanges(bits, first, count);
    default:
      return readErrors(bits, first, count, form === forms.inertial);
  }
}

function readChanges(bits: BitReader, first: number, count: number): number[] {
  const values = [first];
  let value = first;
  for (let changes = bits.readSized(); changes > 0; changes -= 1) {
    const since = bits.readSized();
    if (since >= count - values.length) throw bits.refuse();
    for (let i = 0; i < since; i += 1) values.push(value);
    value += readSigned(bits);
    values.push(value);
  }
  while (values.length < count) values.push(value);
  return values;
}

function readErrors(bits: BitReader, first: number, count: number, isInertial: boolean): number[] {
  let difference = readSigned(bits);
  const parameter = bits.read(riceBits);
  if (parameter > bitsMax) throw bits.refuse();
  const values = [first];
  let value = first;
  if (isInertial && count > 1) {
    value += difference;
    values.push(value);
  }
  while (values.length < count) {
    const error = unzigzag(readRice(bits, parameter));
    if (isInertial) difference += error;
    value += isInertial ? difference : difference + error;
    values.push(value);
  }
  return values;
}

function writeRices(bits: BitWriter, errors: Float64Array, count: number, length: number): void {
  const parameter = bestParameter(errors, count, length);
  bits.write(parameter, riceBits);
  for (let i = 0; i < count; i += 1) writeRice(bits, errors[i] ?? 0, parameter);
}

/** The best parameter lies beside the mean length; a mean error would follow the one jump that the escape is for. */
function bestParameter(errors: Float64Array, count: number, length: number): number {
  const centre = Math.round(length / Math.max(1, count));
  let best = 0;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let parameter = Math.max(0, centre - 1); parameter <= Math.min(bitsMax, centre + 1); parameter += 1) {
    const cost = riceCost(errors, count, parameter);
    if (cost < bestCost) {
      best = parameter;
      bestCost = cost;
    }
  }
  return best;
}

function riceCost(errors: Float64Array, count: number, parameter: number): number {
  const escapeFrom = escapeOnes * 2 ** parameter;
  let cost = count * (1 + parameter);
  for (let i = 0; i < count; i += 1) {
    const error = errors[i] ?? 0;
    cost += error < escapeFrom ? error >>> parameter : escapeOnes + 5 + bitLength(error) - parameter;
  }
  return cost;
}

function writeRice(bits: BitWriter, error: number, parameter: number): void {
  if (error >= escapeOnes * 2 ** parameter) {
    bits.write(2 ** escapeOnes - 1, escapeOnes);
    bits.writeSized(error);
    return;
  }
  // Below 2^30 by the escape, so that shifts are exact: quotient in ones, a zero, the remainder.
  const quotient = error >>> parameter;
  const ones = (1 << (quotient + 1)) - 2;
  const rest = error & ((1 << parameter) - 1);
  if (quotient + 1 + parameter <= bitsMax) return bits.write((ones << parameter) | rest, quotient + 1 + parameter);
  bits.write(ones, quotient + 1);
  bits.write(rest, parameter);
}

function readRice(bits: BitReader, parameter: number): number {
  const near = bits.readBoth(escapeOnes, parameter);
  if (near !== null) return near;
  const quotient = bits.readOnes(escapeOnes);
  if (quotient === escapeOnes) return bits.readSized();
  return quotient * 2 ** parameter + bits.read(parameter);
}

function writeSigned(bits: BitWriter, value: number): void {
  bits.writeSized(zigzag(value));
}

function readSigned(bits: BitReader): number {
  return unzigzag(bits.readSized());
}

/** Small magnitudes become small: 0, -1, 1, -2 are 0, 1, 2, 3. Arithmetic, for values beyond 32 bits. */
function zigzag(value: number): number {
  return value >= 0 ? value * 2 : value * -2 - 1;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : (value + 1) / -2;
}
