import { HoldfastError } from "../../base/errors.ts";
import { doctor, type DoctorResult } from "../../operations/doctor.ts";
import type { Action, Define } from "../command.ts";
import { credentialsFrom } from "../credentials.ts";
import { formatTable, shownAddress } from "../format.ts";
import type { Texts } from "../texts/texts.ts";

interface DoctorOptions {
  readonly thorough?: true;
}

/** `holdfast doctor` */
export const defineDoctor: Define = (command, bind, { options }) => {
  command.option("--thorough", options.thorough);
  bind(command, run);
};

const run: Action<DoctorOptions> = async (context, { thorough }) => {
  const { settings, environment, output, texts, signal } = context;
  const result = await doctor({
    store: settings.store,
    credentials: credentialsFrom(environment),
    thorough,
    signal,
    onPlan: (plan) => output.note(texts.doctorPlan(shownAddress(settings.store), plan)),
  });
  output.data(result, reportOf(result, texts, thorough === true));
  return brokenPromises(result);
};

function reportOf(result: DoctorResult, texts: Texts, isThorough: boolean): string {
  const rows = result.areas.map((each) => [texts.doctorAreas[each.area], texts.doctorVerdict(each)]);
  const broken = result.areas.flatMap((each) => each.broken);
  const notTried = result.areas.reduce((sum, each) => sum + each.left_out, 0);
  return [
    formatTable(rows, ["left", "left"]),
    ...broken.map(({ promise, seen }) => `- not kept: ${promise}${seen === null ? "" : ` (${seen})`}`),
    ...(notTried === 0 ? [] : [texts.doctorNotTried(notTried, isThorough)]),
    "",
    ...texts.doctorAbilities(result).map((line) => `- ${line}`),
    `- ${texts.doctorSpeed(result)}`,
    "",
    texts.doctorEnd(result),
  ].join("\n");
}

function brokenPromises({ areas }: DoctorResult): HoldfastError | null {
  const broken = areas.reduce((sum, each) => sum + each.broken.length, 0);
  if (broken === 0) return null;
  return new HoldfastError({
    code: "FAILED",
    message: `the store breaks ${broken === 1 ? "a promise" : `${broken} promises`} that saves rely on`,
    hint: "save to another store; if you run this one yourself, look for a newer version of its server",
  });
}
