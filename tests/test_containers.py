"""Images, recipes, registries and hosts: the same content has the same name, and does the same wherever it runs."""

import gzip
import io
import json
import logging
import os
import shutil
import subprocess
import sys
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudlab.containers import (
    Cache,
    Host,
    Image,
    ImageNotFoundException,
    ImageTagAlreadyExistsException,
    InvalidLayerException,
    InvalidParameterException,
    Library,
    RecipeError,
    Repository,
    Shelf,
    build,
    build_all,
    cpu_shares,
    opened,
    save,
)
from cloudlab.containers.layers import archive, digest_of, layer

OLD = Library("resizer", "1.0", {"resizer.py": "def size(n):\n    return n // 2\n"})
NEW = Library(
    "resizer", "2.0", {"resizer.py": "def size(n, exact=False):\n    return n / 2 if exact else n // 2\n"}
)
SHELF = Shelf(OLD, NEW)
APP = {"app.py": "import resizer\ndef main():\n    return resizer.size(7, exact=True)\n"}
RECIPE = "FROM scratch\nINSTALL resizer==2.0\nCOPY app.py app.py\nENV SIZE=A4\nCMD app.main\n"


def image(recipe: str = RECIPE, files=APP, **more) -> Image:
    return build(recipe, files, shelf=SHELF, **more)


def hosts() -> list[Host]:
    """A laptop with the new library, a server with the old one, a machine with none."""
    laptop, server, bare = Host("laptop"), Host("server"), Host("bare", kernel="5.10")
    laptop.install(NEW)
    server.install(OLD)
    return [laptop, server, bare]


# The same everywhere


def test_a_bare_program_does_what_the_libraries_of_its_host_let_it():
    """CT-1."""
    laptop, server, bare = (host.run(APP) for host in hosts())
    assert laptop.returned == 3.5
    assert "unexpected keyword argument 'exact'" in server.error
    assert (bare.error, bare.exit_code) == ("ModuleNotFoundError: No module named 'resizer'", 1)


def test_packed_it_does_the_same_on_each_host():
    """CT-1."""
    assert [host.run_container(image()).returned for host in hosts()] == [3.5] * 3


def test_two_programs_that_need_two_versions_of_a_library_share_a_host_in_containers_only():
    other = {"app.py": "import resizer\ndef main():\n    return resizer.size(n=7, **{})\n"}
    host = Host("one")
    host.install(OLD)
    host.install(NEW)
    assert list(host.libraries) == ["resizer"] and host.libraries["resizer"].version == "2.0"
    mine, theirs = image(), build(RECIPE.replace("2.0", "1.0"), other, shelf=SHELF)
    assert [host.run_container(one).returned for one in (mine, theirs)] == [3.5, 3]


def test_the_same_recipe_has_the_same_digest_in_any_python_umask_time_and_order():
    """CT-1. CT-25. CT-28."""
    told = "sha256:45f90019f5ccd3f6beba5357d6e8f39042990b7331e44b3c9ac384961546d6d9"
    assert image().digest == told
    code = (
        "import os; os.umask(0o077)\n"
        "from test_containers import APP, image\n"
        "print(image(files=dict(reversed([*APP.items()]))).digest)\n"
    )
    env = {
        **os.environ,
        "TZ": "Asia/Tokyo",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": os.pathsep.join(["tests", "."]),
    }
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert run.stdout.strip() == told, run.stderr


def test_an_archive_hangs_on_its_files_alone():
    """CT-25."""
    with tarfile.open(
        fileobj=io.BytesIO(archive({"b/c.txt": b"1", "a.txt": b""}, frozenset({"old"})))
    ) as bundle:
        told = [(one.name, one.mtime, one.uid, one.gid, one.mode, one.uname) for one in bundle]
    assert told == [
        (".wh.old", 0, 0, 0, 0o644, ""),
        ("a.txt", 0, 0, 0, 0o644, ""),
        ("b", 0, 0, 0, 0o755, ""),
        ("b/c.txt", 0, 0, 0, 0o644, ""),
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.text("abc/é", min_size=1, max_size=120), st.binary(max_size=30), min_size=1, max_size=5
    )
)
def test_whatever_its_files_are_called_a_layer_can_be_read_back(files):
    try:
        made = layer(files)
    except (InvalidParameterException, ValueError):
        return
    names = set(made.files)
    if any(other.startswith(f"{path}/") for path in names for other in names):
        return  # a file in the place of a folder
    with tarfile.open(fileobj=io.BytesIO(made.blob)) as bundle:
        assert {one.name: bundle.extractfile(one).read() for one in bundle if one.isfile()} == dict(
            made.files
        )


# Layers, cache, registry


def test_a_change_of_code_sends_the_layer_of_code_only_where_that_is_the_last():
    """CT-2."""
    changed = {"app.py": APP["app.py"] + "# more\n"}
    cache = Cache()
    first = image(cache=cache)
    assert (cache.used, cache.made) == (0, 2)
    second = image(files=changed, cache=cache)
    assert (cache.used, cache.made) == (1, 1)
    assert second.resent(first) == second.layers[1].size
    turned = "FROM scratch\nCOPY app.py app.py\nINSTALL resizer==2.0\nCMD app.main\n"
    before = image(turned, cache=cache)
    after = image(turned, files=changed, cache=cache)
    assert (cache.used, cache.made) == (0, 2)
    assert after.layers[1].digest == before.layers[1].digest, (
        "a layer's name is its content, whatever lies below it"
    )


def test_after_a_line_that_changed_each_further_one_is_made_anew_though_its_content_is_the_same():
    """CT-2."""
    recipe = "FROM scratch\nCOPY a.txt a.txt\nCOPY b.txt b.txt\nCOPY c.txt c.txt\n"
    cache, files = Cache(), {"a.txt": "1", "b.txt": "1", "c.txt": "1"}
    before = build(recipe, files, cache=cache)
    after = build(recipe, files | {"a.txt": "2"}, cache=cache)
    assert (cache.used, cache.made) == (0, 3)
    assert [one.digest for one in after.layers[1:]] == [one.digest for one in before.layers[1:]]
    build(recipe, files | {"c.txt": "2"}, cache=cache)
    assert (cache.used, cache.made) == (2, 1)


def test_recipes_that_begin_with_each_other_are_built_in_their_order_whatever_theirs_is_here():
    recipes = {"last": "FROM first\nCOPY b.txt b.txt", "first": "FROM scratch\nCOPY a.txt a.txt"}
    files = {"a.txt": "1", "b.txt": "2"}
    made = build_all(recipes, files)
    assert list(made) == ["last", "first"] and made["last"].layers[0] == made["first"].layers[0]
    assert made["last"].digest == build(recipes["last"], files, images={"first": made["first"]}).digest
    assert build_all({}, {}) == {}


@pytest.mark.parametrize(
    ("recipes", "says"),
    [
        (
            {"a": "FROM b\nCOPY x x", "b": "FROM c", "c": "FROM b"},
            "in a circle, so none can be the first: b → c → b.",
        ),
        ({"a": "FROM a"}, "in a circle, so none can be the first: a → a."),
        (
            {"a": "FROM there"},
            "recipe a, line 1 of the recipe, 'FROM there': image is 'there', but must be one of",
        ),
        ({"a": "COPY no no"}, "recipe a, line 1 of the recipe, 'COPY no no': file 'no' is not there"),
        ({"a": "# nothing"}, "recipe a lays nothing into the image"),
        ({"a": 5}, "recipes['a'] is 5, but must be a text or bytes."),
    ],
)
def test_bad_recipes_of_several_are_told_by_their_name(recipes, says):
    with pytest.raises(RecipeError) as told:
        build_all(recipes, {"x": "1"})
    assert says in str(told.value) and str(told.value).endswith(".")


# CPU


def test_cpu_that_one_leaves_is_lent_to_the_others_in_proportion_to_their_shares():
    """CT-6."""
    units = {"a": 512, "b": 1024, "c": 2560}
    assert cpu_shares(units, vcpus=4) == {"a": 0.5, "b": 1.0, "c": 2.5}
    assert cpu_shares(units, {"c": 1}, vcpus=4) == {"a": 1.0, "b": 2.0, "c": 1.0}
    assert cpu_shares(units, {"a": 0.25, "c": 3}, vcpus=4) == {
        "a": 0.25,
        "b": pytest.approx(1.0714285714),
        "c": pytest.approx(2.6785714286),
    }
    assert cpu_shares(units, {"a": 0.1, "b": 0.2, "c": 0}, vcpus=4) == {"a": 0.1, "b": 0.2, "c": 0.0}
    assert cpu_shares({"alone": 2}, vcpus=2) == {"alone": 2.0} and cpu_shares({}) == {}


def filled(units, wants, vcpus):
    """The oracle: water that rises, by bisection of its level (vCPU for each unit)."""
    low, high = 0.0, 1e9
    for _ in range(200):
        level = (low + high) / 2
        used = sum(min(wants.get(name, vcpus), level * own) for name, own in units.items())
        low, high = (low, level) if used > vcpus else (level, high)
    return {name: min(wants.get(name, vcpus), low * own) for name, own in units.items()}


@given(st.data())
def test_cpu_finds_its_level_as_water_does(data):
    """CT-6. Nothing is left while somebody wants more, and nobody gets more than wanted."""
    names = [f"c{number}" for number in range(data.draw(st.integers(1, 6)))]
    units = {name: data.draw(st.integers(2, 4096)) for name in names}
    wants = {name: data.draw(st.integers(0, 400)) / 100 for name in names if data.draw(st.booleans())}
    vcpus = data.draw(st.integers(1, 64)) / 4
    found, told = cpu_shares(units, wants, vcpus=vcpus), filled(units, wants, vcpus)
    assert list(found) == names and found == pytest.approx(told, abs=1e-6)
    assert sum(found.values()) == pytest.approx(min(vcpus, sum(wants.get(name, vcpus) for name in names)))


@pytest.mark.parametrize(
    ("units", "wants", "says"),
    [
        (
            {"a": 1},
            {},
            "units['a'] is 1, but must be a whole number between 2 and 458752 CPU units (1024 are one vCPU).",
        ),
        ({"a": 458_753}, {}, "units['a'] is 458753, but"),
        ({"a": True}, {}, "units['a'] is True, but"),
        ({"a": 2.5}, {}, "units['a'] is 2.5, but"),
        ({"a": 2}, {"b": 1}, "wants names 'b', but must name one of the containers, a."),
        ({"a": 2}, {"a": -1}, "wants['a'] is -1, but must be a number of at least 0 vCPU."),
        ({"a": 2}, {"a": float("nan")}, "wants['a'] is nan, but must be"),
    ],
)
def test_what_is_no_share_of_cpu_is_told(units, wants, says):
    """CT-6."""
    with pytest.raises(InvalidParameterException) as told:
        cpu_shares(units, wants)
    assert says in str(told.value)


def test_a_registry_stores_each_layer_once_and_a_host_pulls_what_it_lacks():
    """CT-2."""
    shop, host = Repository("shop"), Host("one")
    first, second = image(), image(files={"app.py": "def main():\n    return 1\n"})
    assert (shop.push(first, "1"), shop.push(second, "2")) == (first.size, second.layers[1].size)
    assert shop.size == first.size + second.layers[1].size
    assert [host.pull(shop, tag)[1] for tag in ("1", "2", "1")] == [first.size, second.layers[1].size, 0]
    assert host.pull(shop, first.digest)[0].digest == first.digest
    with pytest.raises(ImageNotFoundException, match="reference is '3', but shop has the tags 1, 2"):
        host.pull(shop, "3")


def test_a_tag_can_be_moved_unless_it_is_immutable():
    """CT-4."""
    first, second = image(), image(files={"app.py": "x = 1\n"})
    free, fixed = Repository("free"), Repository("fixed", image_tag_mutability="IMMUTABLE")
    for one in (free, fixed):
        one.push(first)
        one.push(first)
    free.push(second)
    assert free.find().digest == second.digest
    with pytest.raises(ImageTagAlreadyExistsException, match="means another image in fixed"):
        fixed.push(second)
    assert fixed.find().digest == first.digest and list(fixed.images) == [first.digest]
    assert free.find(first.digest).digest == first.digest, "a digest can't be moved"


def test_a_later_layer_covers_and_takes_away():
    """CT-2."""
    base = Image((layer({"a.txt": b"1", "d/b.txt": b"2"}), layer({"a.txt": b"3"}, gone=frozenset({"d"}))))
    assert base.files == {"a.txt": b"3"}


def test_a_recipe_goes_on_from_an_image_and_keeps_its_steps():
    """CT-28."""
    base = image("FROM scratch\nINSTALL resizer==2.0\nENV SIZE=A4\n")
    made = image("FROM base\nCOPY app.py app.py\nCMD app.main", images={"base": base})
    assert made.layers[0] == base.layers[0] and dict(made.env) == {"SIZE": "A4"}
    config = json.loads(made.config)
    assert [one["created_by"] for one in config["history"]] == [
        "INSTALL resizer==2.0",
        "ENV SIZE=A4",
        "COPY app.py app.py",
        "CMD app.main",
    ]
    assert [one.get("empty_layer", False) for one in config["history"]] == [False, True, False, True]
    assert config["rootfs"] == {"type": "layers", "diff_ids": [one.digest for one in made.layers]}
    assert config["config"] == {"Cmd": ["app.main"], "Env": ["SIZE=A4"]}


def test_a_library_without_a_version_is_the_newest_of_the_day():
    recipe = RECIPE.replace("==2.0", "")
    assert build(recipe, APP, shelf=Shelf(OLD, NEW)).digest != build(recipe, APP, shelf=Shelf(OLD)).digest


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        (
            "COPY there.py app.py",
            "line 1 of the recipe, 'COPY there.py app.py': file 'there.py' is not there",
        ),
        ("INSTALL resizer==3", "version of resizer is '3', but must be one of 1.0, 2.0"),
        ("INSTALL other", "library is 'other', but the shelf holds resizer"),
        ("INSTALL resizer=2.0", "holds resizer; a version comes after =="),
        ("COPY app.py ../app.py", "path is '../app.py', but must be a path inside the image"),
        ("COPY app.py /app.py", "path is '/app.py', but must be a path inside the image"),
        ("COPY app.py", "COPY must name what, and where to"),
        (
            "COPY app.py app.py\nFROM scratch",
            "line 2 of the recipe, 'FROM scratch': FROM must be the first line",
        ),
        ("FROM there", "image is 'there', but must be one of none but scratch"),
        ("RUN rm -r", "line 1 of the recipe is 'RUN rm -r', but must begin with one of FROM"),
        ("ENV A", "ENV must be NAME=value"),
        ("CMD main", "CMD must be a file and a function"),
        ("# nothing\n", "recipe lays nothing into the image"),
    ],
)
def test_a_bad_recipe_is_told_by_its_line(recipe, says):
    with pytest.raises(RecipeError) as told:
        image(recipe)
    assert says in str(told.value) and str(told.value).endswith(".") and ".." not in str(told.value)[-3:]


# Isolation, and what it isn't


def test_a_container_sees_its_image_and_the_hosts_kernel():
    """CT-3."""
    laptop, _, bare = hosts()
    inside, outside = laptop.view(image(), memory=256), laptop.view()
    assert inside.files == ("app.py", "lib/resizer.py") and outside.files == ("resizer.py",)
    assert (inside.memory, outside.memory) == (256, 4096)
    assert inside.host_name != outside.host_name and len(inside.processes) == 1
    assert inside.kernel == outside.kernel == "6.1"
    assert bare.view(image()).kernel == "5.10"


def test_over_its_memory_limit_a_container_is_killed():
    """CT-6."""
    host = Host("one", memory=1000)
    assert host.run_container(image(), memory=100, needs=100).exit_code == 0
    assert host.run_container(image(), memory=100, needs=101).exit_code == 137
    assert host.run_container(image(), needs=1001).exit_code == 137


def test_a_container_does_not_outlive_its_host():
    host = Host("one")
    host.fail()
    assert (host.run_container(image()).exit_code, host.run(APP).exit_code) == (137, 137)


def test_whatever_a_program_does_it_ends_with_a_code():
    ends = {"1 / 0": 1, "import sys; sys.exit(3)": 3, "while True: pass": 137, "print(environ['SIZE'])": 0}
    for text, code in ends.items():
        made = image(files={"app.py": f"def main():\n    {text}\n"})
        assert Host("one").run_container(made).exit_code == code
    assert Host("one").run_container(made, env={"SIZE": "A3"}).printed == "A3\n"


def test_what_a_program_logs_is_printed_and_later_logs_come_to_the_screen(monkeypatch, capsys):
    monkeypatch.setattr(logging.root, "handlers", [logging.StreamHandler()])
    text = "import logging\n\ndef main():\n    logging.basicConfig(force=True)\n    logging.warning('full')\n"
    first, second = (Host("one").run_container(image(files={"app.py": text})).printed for _ in range(2))
    assert first == second == "WARNING:root:full\n" and capsys.readouterr().err == ""
    logging.warning("later")
    assert capsys.readouterr().err == "WARNING:root:later\n"


# Files that other tools read


def tools(*names: str) -> None:
    """Fail under CI, and skip elsewhere, where a tool is missing."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{', '.join(missing)} must be installed where the tests run by themselves")
    if missing:
        pytest.skip(f"{', '.join(missing)} isn't installed")


def told_by(*command: str) -> str:
    run = subprocess.run([*command], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_real_tools_read_copy_and_unpack_an_image(tmp_path):
    """CT-25. CT-26. CT-27. CT-28."""
    tools("skopeo", "umoci")
    made = image()
    path = save(made, tmp_path / "app.tar", tag="v1")
    about = json.loads(told_by("skopeo", "inspect", f"oci-archive:{path}:v1"))
    assert about["Digest"] == made.digest
    assert about["Layers"] == [one.digest for one in made.layers] and about["Env"] == ["SIZE=A4"]
    told_by("skopeo", "copy", f"oci-archive:{path}:v1", f"oci:{tmp_path}/laid:v1")
    told_by("umoci", "unpack", "--rootless", "--image", f"{tmp_path}/laid:v1", f"{tmp_path}/bundle")
    root = tmp_path / "bundle" / "rootfs"
    laid = {
        file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()
    }
    assert laid == made.files
    told_by("skopeo", "copy", f"oci-archive:{path}:v1", f"docker-archive:{tmp_path}/docker.tar:app:v1")
    for foreign in (opened(tmp_path / "laid"), opened(tmp_path / "docker.tar"), opened(path)):
        assert Host("one").run_container(foreign).returned == 3.5
        assert [one.digest for one in foreign.layers] == [one.digest for one in made.layers]


def foreign(tmp_path, entries, *, name="layer.tar"):
    """A `docker save` file with one layer of these tar entries (name, kind, content)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as bundle:
        for path, kind, content in entries:
            info = tarfile.TarInfo(path)
            info.type, info.size = kind, len(content)
            bundle.addfile(info, io.BytesIO(content))
    blob = out.getvalue()
    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [digest_of(blob)]},
    }
    files = {
        name: gzip.compress(blob),
        "config.json": json.dumps(config).encode(),
        "manifest.json": json.dumps(
            [{"Config": "config.json", "RepoTags": ["a:1"], "Layers": [name]}]
        ).encode(),
    }
    path = tmp_path / "foreign.tar"
    path.write_bytes(archive(files))
    return path


def test_what_docker_saved_can_be_opened_compressed_too(tmp_path):
    """CT-29."""
    made = opened(
        foreign(tmp_path, [("app.py", tarfile.REGTYPE, b"x = 1"), (".wh.old", tarfile.REGTYPE, b"")])
    )
    assert made.files == {"app.py": b"x = 1"} and made.layers[0].gone == {"old"}
    assert made.layers[0].size < len(made.layers[0].blob)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([("../../etc/passwd", tarfile.REGTYPE, b"x")], "a path that leaves the image"),
        ([("/etc/passwd", tarfile.REGTYPE, b"x")], "a path that leaves the image"),
        ([("dev/null", tarfile.CHRTYPE, b"")], "which is a device and no file"),
    ],
)
def test_a_foreign_layer_that_would_do_harm_is_refused(tmp_path, entries, says):
    with pytest.raises(InvalidLayerException, match=says):
        opened(foreign(tmp_path, entries))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["foreign.tar"]


def test_a_link_in_a_foreign_layer_is_passed_over(tmp_path):
    entries = [("a", tarfile.SYMTYPE, b""), ("b.txt", tarfile.REGTYPE, b"1")]
    assert opened(foreign(tmp_path, entries)).files == {"b.txt": b"1"}


def test_a_damaged_image_is_told(tmp_path):
    """CT-25."""
    path = save(image(), tmp_path / "app.tar")
    whole = path.read_bytes()
    for old, new in ((b"resizer.size(7", b"resizer.size(8"), (b"SIZE=A4", b"SIZE=A3")):
        path.write_bytes(whole.replace(old, new))
        with pytest.raises(InvalidLayerException, match="damaged"):
            opened(path)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidLayerException):
        opened(path)
    path.write_bytes(b"no tar")
    with pytest.raises(InvalidLayerException, match="can't be read"):
        opened(path)
    path.write_bytes(archive({"readme.txt": b"hi"}))
    with pytest.raises(InvalidLayerException, match=r"holds neither index.json \(OCI\) nor manifest.json"):
        opened(path)
    with pytest.raises(InvalidLayerException, match="can't be read"):
        opened(tmp_path / "nothing.tar")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_image_with_any_byte_changed_is_itself_or_refused(tmp_path_factory, data):
    made = image()
    path = save(made, tmp_path_factory.mktemp("flip") / "app.tar")
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        assert opened(path).files == made.files
    except InvalidLayerException as told:
        assert str(told).endswith(".")


FILE = tarfile.REGTYPE


def layout(tmp_path, **changes):
    """An OCI image layout with one layer, in a tar; `changes` replace its index, manifest, config or layers."""
    files = {}

    def put(content) -> str:
        blob = content if isinstance(content, bytes) else json.dumps(content).encode()
        files[f"blobs/sha256/{digest_of(blob)[7:]}"] = blob
        return digest_of(blob)

    blobs = changes.get("layers", [archive({"app.py": b"x = 1"})])
    plain = [gzip.decompress(blob) if blob[:2] == b"\x1f\x8b" else blob for blob in blobs]
    config = {"architecture": "amd64", "rootfs": {"diff_ids": [digest_of(blob) for blob in plain]}}
    config = put(changes["config"](config) if "config" in changes else config)
    manifest = {"config": {"digest": config}, "layers": [{"digest": put(blob)} for blob in blobs]}
    digest = put(changes["manifest"](manifest) if "manifest" in changes else manifest)
    for _ in range(changes.get("indexes", 0)):
        digest = put({"manifests": [{"digest": digest}]})
    files["index.json"] = json.dumps(changes.get("index", {"manifests": [{"digest": digest}]})).encode()
    path = tmp_path / "layout.tar"
    path.write_bytes(archive(files))
    return path


ODD = [
    *(
        {"index": {"manifests": odd}}
        for odd in (5, "abc", {"a": 1}, [5], [[]], [{"annotations": 5}], [{"digest": []}])
    ),
    *(
        {"manifest": lambda _, odd=odd: odd}
        for odd in (5, "manifests", None, [], {"manifests": 5}, {"manifests": [5]})
    ),
    {"manifest": lambda told: told | {"layers": 5}},
    {"manifest": lambda told: {"manifests": [{"platform": 5}]}},
    *(
        {"config": lambda _, odd=odd: odd}
        for odd in (5, [1], "x", {"rootfs": 5}, {"rootfs": {"diff_ids": 5}})
    ),
    *({"config": lambda told, odd=odd: told | {"config": odd}} for odd in (5, [1], {"Env": 5}, {"Cmd": 5})),
    {"config": lambda told: told | {"history": 5}},
    {"indexes": 1500},
]


@pytest.mark.parametrize("changes", ODD)
def test_an_image_whose_json_has_another_shape_is_told(tmp_path, changes):
    with pytest.raises(InvalidLayerException, match=r"^(?!.*Traceback).*\.$"):
        opened(layout(tmp_path, **changes))


@pytest.mark.parametrize("entry", [{"RepoTags": 5}, {"Config": [1]}, {"Config": "c.json", "Layers": 5}])
def test_what_docker_saved_may_have_another_shape_too(tmp_path, entry):
    path = tmp_path / "saved.tar"
    path.write_bytes(archive({"manifest.json": json.dumps([entry]).encode(), "c.json": b"{}"}))
    with pytest.raises(InvalidLayerException):
        opened(path)


def tarred(*entries, **more) -> bytes:
    """A tar of these (name, content)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as bundle:
        for path, content in entries:
            info = tarfile.TarInfo(path)
            info.size, info.pax_headers = len(content), more
            bundle.addfile(info, io.BytesIO(content))
    return out.getvalue()


SPARSE = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(10**13)}


@pytest.mark.parametrize(
    ("blob", "says"),
    [
        (tarred(("a", b"x"), **SPARSE), "its files are larger than it is itself"),
        (tarred(("a", b"x"), size="9" * 30), "a layer is damaged"),
        (gzip.compress(bytes(20_000_000)), "unpacks to more than"),
        (tarred(("d/.wh...", b"")), "a mark that names no file"),
        (tarred((".wh.", b"")), "a mark that names no file"),
    ],
)
def test_a_layer_that_would_fill_the_memory_or_means_nothing_is_refused(tmp_path, blob, says):
    with pytest.raises(InvalidLayerException, match=says):
        opened(layout(tmp_path, layers=[blob]))


def test_a_file_that_claims_to_hold_very_much_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "sparse.tar"
    path.write_bytes(tarred(("index.json", b"x"), **SPARSE))
    with pytest.raises(InvalidLayerException, match="but holds more than"):
        opened(path)


def test_headers_that_lie_in_each_other_without_end_are_told(tmp_path):
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1
    path = tmp_path / "deep.tar"
    path.write_bytes((info.tobuf(tarfile.GNU_FORMAT) + b"a".ljust(512, b"\0")) * 3000)
    with pytest.raises(InvalidLayerException, match="can't be read"):
        opened(path)


def test_a_layer_takes_away_all_of_a_folder_or_puts_one_thing_in_anothers_place(tmp_path):
    below = tarred(("d/a", b"1"), ("e", b"1"), ("f/a", b"1"), ("g", b"1"))
    above = tarred(("d/.wh..wh..opq", b""), ("d/b", b"2"), ("e/a", b"2"), ("f", b"2"), (".wh..wh.aufs", b""))
    found = opened(layout(tmp_path, layers=[below, above])).files
    assert found == {"d/b": b"2", "e/a": b"2", "f": b"2", "g": b"1"}
    none = opened(layout(tmp_path, layers=[below, tarred((".wh..wh..opq", b""))]))
    assert none.files == {}


def test_files_of_ones_own_go_before_those_of_libraries():
    files = {
        "resizer.py": "def size(n): return 'mine'\n",
        "zoo.py": "import resizer\ndef main(): return resizer.size(1)\n",
    }
    made = image("INSTALL resizer\nCOPY . .\nCMD zoo.main\n", files)
    assert Host("one").run_container(made).returned == "mine"


def ends(text: str):
    """How a program with this body ends in a container."""
    outcome = Host("one").run_container(image("COPY app.py app.py\nCMD app.main\n", {"app.py": text}))
    return outcome.exit_code, outcome.error


def test_a_program_ends_as_a_process_does_whatever_it_holds_or_says():
    assert ends("def main():\n    try:\n        while True: pass\n    except BaseException: pass\n") == (
        137,
        "it never ends",
    )
    assert ends("def main(): raise SystemExit(None)\n") == (0, "")
    assert ends("def main(): raise SystemExit(258)\n") == (2, "it ended with 2")
    assert ends("def main(): raise ValueError('a\\nb')\n") == (1, "ValueError: a b")
    odd = "class E(Exception):\n    def __str__(self): raise SystemExit\ndef main(): raise E\n"
    assert ends(odd) == (1, "E:")
    bare = Host("one").run_container(image("COPY app.py app.py\n", {"app.py": ""}))
    assert bare.error == "command is '', but must be a file and a function, such as app.main"


def test_what_is_no_text_is_told(tmp_path):
    with pytest.raises(
        InvalidParameterException, match=r"^files\['app.py'\] is 5, but must be a text or bytes\.$"
    ):
        Host("one").run({"app.py": 5})
    for recipe, files in (("COPY a a\nENV X=\ud800", {"a": "1"}), ("COPY a a", {"a": "\ud800"})):
        with pytest.raises(RecipeError, match="which can't be written in UTF-8"):
            image(recipe, files)
    with pytest.raises(InvalidParameterException, match="^tag is "):
        save(image(), tmp_path / "x.tar", tag="\ud800")


@pytest.mark.parametrize("name", ["a\x00b", *["\ud800"] * (os.name == "posix")])
def test_an_image_is_not_saved_under_a_name_that_no_file_can_have(tmp_path, name):
    with pytest.raises(
        InvalidParameterException, match="^path is .*, but must be a file that can be written"
    ):
        save(image(), tmp_path / name)
