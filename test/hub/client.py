"""What the official Python client does with the stand-in; each step says what it found.

Arguments: the name of the dataset and a folder to work in. HF_ENDPOINT and HF_TOKEN are set.
"""

import json
import os
import sys
from pathlib import Path

from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError

name, folder = sys.argv[1], Path(sys.argv[2])
dataset = {"repo_id": name, "repo_type": "dataset"}
api = HfApi()
found = {}


def tree():
    return sorted(
        [item.path, item.size, item.lfs is not None]
        for item in api.list_repo_tree(**dataset, recursive=True)
        if hasattr(item, "size")
    )


api.create_repo(**dataset, private=True)
api.create_repo(**dataset, private=True, exist_ok=True)
try:
    api.create_repo(**dataset, private=True)
except HfHubHTTPError as error:
    found["create twice"] = error.response.status_code

source = folder / "source"
(source / "packs").mkdir(parents=True)
(source / "index.json").write_text('{"a": 1}\n')
(source / "packs" / "ab.bin").write_bytes(os.urandom(200_000))
(source / "packs" / "cd.bin").write_bytes(os.urandom(50_000))
(source / "empty.bin").write_bytes(b"")
commit = api.upload_folder(**dataset, folder_path=source, commit_message="upload")
found["upload"] = tree()

api.auth_check(**dataset)
api.auth_check(**dataset, write=True)
try:
    api.auth_check("alice/missing", repo_type="dataset")
except RepositoryNotFoundError as error:
    found["missing repo"] = error.response.status_code

copy = Path(snapshot_download(**dataset, revision=commit.oid, cache_dir=folder / "cache"))
found["same"] = all(
    (copy / path).read_bytes() == (source / path).read_bytes()
    for path in ["index.json", "packs/ab.bin", "packs/cd.bin", "empty.bin"]
)
try:
    hf_hub_download(**dataset, filename="missing", cache_dir=folder / "cache")
except EntryNotFoundError as error:
    found["missing file"] = error.response.status_code

info = api.dataset_info(name, files_metadata=True)
found["info"] = [info.private, info.sha == commit.oid, len(info.siblings)]
again = api.upload_folder(**dataset, folder_path=source, commit_message="nothing new")
found["empty commit is left out"] = again.oid == commit.oid

api.delete_file("packs/cd.bin", **dataset)
found["deleted"] = [path for path, _, _ in tree()]
found["commits"] = [item.title for item in api.list_repo_commits(**dataset)]
api.create_branch(**dataset, branch="side")
api.create_tag(**dataset, tag="v1")
refs = api.list_repo_refs(**dataset)
found["refs"] = [[ref.name for ref in refs.branches], [ref.name for ref in refs.tags]]
api.delete_branch(**dataset, branch="side")
api.delete_tag(**dataset, tag="v1")

api.super_squash_history(**dataset, commit_message="one")
found["squashed"] = [item.title for item in api.list_repo_commits(**dataset)]
found["tree after"] = [path for path, _, _ in tree()]
live = {item.lfs.sha256 for item in api.list_repo_tree(**dataset, recursive=True) if getattr(item, "lfs", None)}
dead = [item for item in api.list_lfs_files(**dataset) if item.file_oid not in live]
found["dead"] = [[item.filename, item.size] for item in dead]
api.permanently_delete_lfs_files(**dataset, lfs_files=dead)
found["left"] = [item.filename for item in api.list_lfs_files(**dataset)]
copy = Path(snapshot_download(**dataset, local_dir=folder / "copy"))
found["still same"] = (copy / "packs/ab.bin").read_bytes() == (source / "packs/ab.bin").read_bytes()

api.update_repo_settings(**dataset, private=False)
found["public"] = not api.dataset_info(name).private
found["whoami"] = api.whoami()["name"]
api.delete_repo(**dataset)
found["exists"] = api.repo_exists(**dataset)

print(json.dumps(found))
