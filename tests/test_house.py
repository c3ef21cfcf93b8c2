"""The house: what a module may import, at the top or late, and how much stands in one room."""

from __future__ import annotations

import ast
import functools
import graphlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]

BELOW = {
    "nightcast": set(),
    "sql": {"nightcast"},
    "models": {"nightcast"},
    "studies": {"nightcast", "sql", "models"},
    "tasks": {"nightcast", "sql", "models"},
    "flows": {"nightcast", "sql", "models", "studies", "tasks"},
}
"""Each storey, and what it stands on."""

FORBIDDEN = {
    "nightcast": {"keras", "numpy", "pandas", "prefect", "pyarrow", "sklearn", "sqlalchemy", "tensorflow"},
    "sql": {"keras", "prefect", "sklearn", "tensorflow"},
    "models": {
        "adbc_driver_manager",
        "adbc_driver_postgresql",
        "alembic",
        "prefect",
        "psycopg",
        "pyarrow",
        "sqlalchemy",
    },
    "studies": {"prefect"},
    "tasks": {"keras", "tensorflow"},
    "flows": {"keras", "tensorflow"},
}
"""What a storey leaves to others."""

MOST_FILES = 12
"""In one folder, beside its `__init__.py`: more than that no reader keeps in mind."""

MODULES = sorted(path for storey in BELOW for path in (HOUSE / storey).rglob("*.py"))


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imported(path: Path) -> tuple[str, ...]:
    """The full name of every module that a file imports, wherever in the file it does so."""
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports from a dot"
            yield node.module or ""
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
            "import_module",
            "__import__",
        ):
            texts = [part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
            yield from [text for text in texts if isinstance(text, str)][:1]


def imported_names(path: Path) -> Iterator[tuple[str, str]]:
    """Each name that a file imports from a module, with the module."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def module_of(path: Path) -> str:
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_at_the_top(path: Path) -> Iterator[str]:
    for node in parsed(path).body:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def named(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def test_all_storeys_are_looked_at() -> None:
    assert {path.relative_to(HOUSE).parts[0] for path in MODULES} == set(BELOW)
    assert len(MODULES) > 60


@pytest.mark.parametrize("storey", BELOW)
def test_a_storey_stands_on_those_below_it_alone(storey: str) -> None:
    wrong = [
        f"{named(path)} imports {name}"
        for path in MODULES
        if path.relative_to(HOUSE).parts[0] == storey
        for name in imported(path)
        if (top := name.partition(".")[0]) in (BELOW.keys() | {"tests", "benchmarks"}) - BELOW[storey] - {storey}
        or top in FORBIDDEN[storey]
    ]
    assert wrong == []


def test_no_modules_import_each_other_around_a_circle() -> None:
    modules = {module_of(path): path for path in MODULES}
    imports = {
        module: {name for name in imported(path) if name in modules}
        | {f"{package}.{name}" for package, name in imported_names(path) if f"{package}.{name}" in modules}
        for module, path in modules.items()
    }
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as circle:
        pytest.fail(" is imported by ".join(circle.args[1]))


def test_no_module_imports_a_private_name_of_another() -> None:
    wrong = [
        f"{named(path)} imports {name} from {module}"
        for path in MODULES
        for module, name in imported_names(path)
        if module.partition(".")[0] in BELOW
        and any(part.startswith("_") and not part.startswith("__") for part in (*module.split("."), name))
    ]
    assert wrong == []


def test_no_folder_holds_more_files_than_a_reader_keeps_in_mind() -> None:
    files = Counter(named(path.parent) for path in MODULES if path.name != "__init__.py")
    del files["sql/migrations/versions"]  # it grows with time, and nobody reads it as a whole
    assert {folder: count for folder, count in files.items() if count > MOST_FILES} == {}


def test_tensorflow_is_imported_in_one_place_and_keras_only_late() -> None:
    users = {named(path) for path in MODULES if any(name.partition(".")[0] == "tensorflow" for name in imported(path))}
    assert "models/common/keras_runtime.py" in users
    early = {
        named(path): name
        for path in MODULES
        for name in imported_at_the_top(path)
        if name.partition(".")[0] in ("tensorflow", "keras")
    }
    assert early == {}


def test_package_files_hold_a_docstring_and_the_names_of_their_own_modules() -> None:
    for path in MODULES:
        if path.name != "__init__.py" or path.parent.name == "nightcast":
            continue
        body = parsed(path).body
        assert {type(node) for node in body} <= {ast.Expr, ast.ImportFrom, ast.Assign}, named(path)
        of_others = {name for name in imported(path) if not name.startswith((f"{module_of(path)}.", "__future__"))}
        assert of_others == set(), named(path)
        assert all(ast.unparse(node.targets[0]) == "__all__" for node in body if isinstance(node, ast.Assign)), named(
            path
        )


def test_settings_modules_import_little() -> None:
    allowed = {"pydantic", "pydantic_settings", "nightcast", "models", "sql", "studies"} | sys.stdlib_module_names
    joined = [path for path in MODULES if path.parent == HOUSE / "flows" / "settings"]
    modules = [*joined, *(path for path in MODULES if path.name in ("settings.py", "secret_blocks.py"))]
    assert len(modules) >= 6
    for path in modules:
        imports = set(imported_at_the_top(path)) if path.name == "secret_blocks.py" else set(imported(path))
        checked = re.compile(r"flows\.(\w+\.settings|settings\.\w+|server\.secret_blocks)")
        others = {name for name in imports if not checked.fullmatch(name)}
        assert {name.partition(".")[0] for name in others} <= allowed, named(path)


SETTINGS = [".".join(path.relative_to(HOUSE).with_suffix("").parts) for path in MODULES if path.name == "settings.py"]
STEPS = ("check", "read", "prepare", "choose", "plan", "forecast", "publish", "review", "products")

IN_TURN = (
    {
        "flows": "import flows",
        "flows.command_line": "import flows.command_line",
        "flows.settings": "import flows.settings",
        "help": "from flows.command_line import run_command_line\nassert run_command_line(['--help']) == 0",
        "session": "import flows.night.session",
        "monitors": "import flows.doctor.attention, models.sales.gate.figures, models.next_visit.gate.figures",
        "steps": "\n".join(f"import tasks.{name}" for name in STEPS),
        "nights": "import flows.nightly, flows.next_visit, flows.sales, flows.command_line",
    },
    {
        "settings of studies": "import studies.settings",
        "settings": "\n".join(f"import {name}" for name in SETTINGS),
    },
)
"""Statements that a fresh Python runs one after the other: what one of them must not load, none before it may load."""


@functools.cache
def loaded_in_turn(statements: tuple[str, ...]) -> list[set[str]]:
    """The top-level packages that a fresh Python has loaded after each statement."""
    show = "print('loaded', *{name.partition('.')[0] for name in sys.modules})"
    script = "import sys\n" + "\n".join(f"{statement}\n{show}" for statement in statements)
    environment = os.environ | {"PYTHONPATH": str(HOUSE)}
    output = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    lines = [line.split() for line in output.stdout.splitlines()]
    return [set(names[1:]) for names in lines if names[:1] == ["loaded"]]


def loaded_by(name: str) -> set[str]:
    """The packages that are loaded after one of the statements above, and those before it."""
    (turn,) = (turn for turn in IN_TURN if name in turn)
    loaded = loaded_in_turn(tuple(turn.values()))
    assert len(loaded) == len(turn)
    return loaded[list(turn).index(name)]


SLOW = {"keras", "numpy", "pandas", "prefect", "pyarrow", "sklearn", "sqlalchemy", "tensorflow"}


@pytest.mark.parametrize("module", ["flows", "flows.command_line", "flows.settings"])
def test_the_command_line_starts_without_anything_slow(module: str) -> None:
    assert loaded_by(module) & SLOW == set()


def test_monitors_wait_for_nothing_slow() -> None:
    assert loaded_by("monitors") & {"keras", "pandas", "prefect", "sklearn", "tensorflow"} == set()


def test_help_is_shown_without_anything_slow() -> None:
    packages = loaded_by("help")
    assert "click" in packages
    assert packages & SLOW == set()


def test_settings_modules_load_nothing_slow() -> None:
    assert len(SETTINGS) >= 6
    assert loaded_by("settings") & SLOW == set()


def test_the_steps_of_a_night_load_no_network() -> None:
    assert loaded_by("steps") & {"keras", "prefect", "tensorflow"} == set()


STUDY_MODULES = {"flows/study.py", "flows/study_session.py", "flows/study_sources.py", "flows/commands/nights/study.py"}
"""The modules of flows that serve studies."""


def test_nothing_nightly_imports_studies() -> None:
    users = {
        named(path)
        for path in MODULES
        if path.relative_to(HOUSE).parts[0] != "studies"
        and any(name.partition(".")[0] == "studies" for name in imported(path))
    }
    assert users <= STUDY_MODULES
    importers = {
        named(path)
        for path in MODULES
        if any(f"{name.replace('.', '/')}.py" in STUDY_MODULES for name in imported(path))
    }
    assert importers <= STUDY_MODULES


def test_the_flow_of_a_night_loads_no_study() -> None:
    assert "studies" not in loaded_by("nights")


def test_settings_of_studies_load_nothing_slow() -> None:
    assert loaded_by("settings of studies") & (SLOW | {"matplotlib", "scipy"}) == set()


def test_a_command_that_opens_a_database_loads_no_pandas() -> None:
    assert loaded_by("session") & {"pandas", "scipy", "sklearn", "keras", "prefect", "tensorflow"} == set()
