/** A battery's level; below a fifth in the colour of a warning, and `unknown` where nobody measured it. */
export function Battery({ percent }: { readonly percent: number | null }) {
  if (percent === null) return <span className="kb-age kb-quiet">unknown</span>;
  const isLow = percent < 20;
  return (
    <span className={isLow ? "kb-age kb-tone-warn-text" : "kb-age kb-quiet"}>
      {isLow ? "low, " : ""}
      {Math.round(percent)} %
    </span>
  );
}
