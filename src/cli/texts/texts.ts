import type { Language } from "../../config/settings.ts";
import { ENGLISH_COOKIES } from "./english-cookies.ts";
import { ENGLISH_DOCTOR } from "./english-doctor.ts";
import { ENGLISH_HELP } from "./english-help.ts";
import { ENGLISH_MESSAGES } from "./english-messages.ts";
import { ENGLISH_RUN } from "./english-run.ts";

/** Every text that people see, in one language. What errors say comes from where they arise, in English. */
export type Texts = typeof ENGLISH_HELP &
  typeof ENGLISH_MESSAGES &
  typeof ENGLISH_COOKIES &
  typeof ENGLISH_RUN &
  typeof ENGLISH_DOCTOR;

const ENGLISH: Texts = {
  ...ENGLISH_HELP,
  ...ENGLISH_MESSAGES,
  ...ENGLISH_COOKIES,
  ...ENGLISH_RUN,
  ...ENGLISH_DOCTOR,
};

/** A translation is five files beside those in English, and a row here. */
const TRANSLATIONS: Readonly<Partial<Record<Language, Texts>>> = { en: ENGLISH };

/** The texts in a language, in English where there is no translation. */
export function textsIn(language: Language): Texts {
  return TRANSLATIONS[language] ?? ENGLISH;
}
