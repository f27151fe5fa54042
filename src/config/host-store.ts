import { join } from "node:path";
import { HoldfastError } from "../base/errors.ts";
import { findVolume } from "../base/volume.ts";
import type { Environment } from "./environment.ts";

const REPO = /^[\w.-]{1,96}\/[\w.-]{1,96}$/;
/** Where snapshots are on a volume, which may hold other things too. */
const VOLUME_FOLDER = "holdfast";
/** The longest name that the Hub takes. */
const MAX_NAME = 96;

/**
 * The store that the host offers, for whoever names none: the dataset in `HF_DATASET_REPO`; in a Space that
 * has `HF_TOKEN`, one beside it, `<author>/<space>-state`; else a folder on the persistent volume.
 *
 * @returns `null` when it offers none
 * @throws {HoldfastError} `CONFIG` when `HF_DATASET_REPO` is no name of a dataset, or `HOLDFAST_VOLUME`
 *   is no folder that can be written to
 */
export async function storeOfHost(environment: Environment): Promise<string | null> {
  const dataset = datasetOfHost(environment);
  if (dataset !== null) return dataset;
  const volume = await findVolume(environment);
  return volume === null ? null : join(volume.path, VOLUME_FOLDER);
}

function datasetOfHost(environment: Environment): string | null {
  const named = environment["HF_DATASET_REPO"]?.trim() ?? "";
  if (named !== "") return addressOf(named);
  if ((environment["HF_TOKEN"] ?? "") === "") return null;
  const [spaceAuthor, spaceName] = environment["SPACE_ID"]?.split("/") ?? [];
  const author = environment["SPACE_AUTHOR_NAME"] ?? spaceAuthor ?? "";
  const name = environment["SPACE_REPO_NAME"] ?? spaceName ?? "";
  const repo = `${author}/${name.slice(0, MAX_NAME - "-state".length)}-state`;
  return name !== "" && REPO.test(repo) ? `hf://datasets/${repo}` : null;
}

function addressOf(named: string): string {
  const repo = named
    .replace(/^(?:hf:\/\/|https:\/\/huggingface\.co\/)?(?:datasets\/)?/, "")
    .replace(/\/$/, "");
  if (REPO.test(repo)) return `hf://datasets/${repo}`;
  throw new HoldfastError({
    code: "CONFIG",
    message: "the variable HF_DATASET_REPO must be the name of a dataset",
    hint: "write it like namespace/name",
  });
}
