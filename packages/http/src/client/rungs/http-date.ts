const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const MONTH = `(?<month>${MONTHS.join("|")})`;
/** A second may be 60, a leap one. */
const TIME = "(?<hour>[01][0-9]|2[0-3]):(?<minute>[0-5][0-9]):(?<second>[0-5][0-9]|60)";
const DATE = "(?<day>0[1-9]|[12][0-9]|3[01])";

/** The forms that a recipient must know (RFC 9110 §5.6.7): IMF-fixdate, rfc850-date, asctime-date. */
const FORMS: readonly RegExp[] = [
  `${DAY}, ${DATE} ${MONTH} (?<year>[0-9]{4}) ${TIME} GMT`,
  `${LONG_DAY}, ${DATE}-${MONTH}-(?<year>[0-9]{2}) ${TIME} GMT`,
  `${DAY} ${MONTH} ${DATE.replace("0[1-9]", " [1-9]|0[1-9]")} ${TIME} (?<year>[0-9]{4})`,
].map((form) => new RegExp(`^${form}$`));

/** The time that an HTTP date means, in milliseconds since 1970; undefined for what is none. `now`: for years of two digits. */
export function httpDate(text: string, now: number): number | undefined {
  const groups = FORMS.map((form) => form.exec(text)?.groups).find((found) => found !== undefined);
  if (!groups) return undefined;
  const { day, month = "", year = "", hour, minute, second } = groups;
  return Date.UTC(fullYear(year, now), MONTHS.indexOf(month), Number(day), Number(hour), Number(minute), Number(second));
}

/** Two digits that would be more than 50 years ahead are of the century before (RFC 9110 §5.6.7). */
function fullYear(year: string, now: number): number {
  if (year.length === 4) return Number(year);
  const present = new Date(now).getUTCFullYear();
  const inCentury = present - (present % 100) + Number(year);
  return inCentury > present + 50 ? inCentury - 100 : inCentury;
}
