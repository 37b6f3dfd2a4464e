/** The city that the product comes with. */
export const cityName = "Astana";

/** What the Open Database License asks to be shown wherever the map is, for text and for HTML. */
export const attribution = "© OpenStreetMap contributors";
export const attributionHtml =
  '<a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noreferrer">© OpenStreetMap contributors</a>';
