"""A small OneRoster package that tests bend out of shape, file by file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.directory.oneroster.spec import TABLES_12

ROWS: dict[str, list[str]] = {
    "academicSessions": [
        "year,,,School year,schoolYear,2026-09-01,2027-06-11,,2027",
        "fall,,,Fall,semester,2026-09-01,2026-12-18,year,2027",
    ],
    "orgs": ["district,,,District,district,,", "school,,,School,school,,district"],
    "courses": ["course,,,year,Grade 3,,03,district,,"],
    "classes": ["class,,,3A,03,course,,homeroom,,school,fall,,,"],
    "users": [
        "teacher,,,true,teacher,,Elena,Alvarez,,,elena@example.org,,,,,,,,,,school,",
        "student,,,true,student,,Mateo,Rivera,,,,,,ana,03,,,,,,school,",
        "ana,,,true,ana,,Ana,Rivera,,,ana@example.org,+13125550111,,,,,,,,,school,",
    ],
    "roles": [
        "role-1,,,teacher,primary,teacher,,,school,",
        "role-2,,,student,primary,student,,,school,",
        "role-3,,,ana,primary,parent,,,school,",
    ],
    "enrollments": ["enr-1,,,class,school,teacher,teacher,true,,", "enr-2,,,class,school,student,student,,,"],
}

PackageMaker = Callable[..., Path]


@pytest.fixture
def package(tmp_path: Path) -> PackageMaker:
    """`package(users=[rows…], headers={"users": "…"}, modes={"users": "delta"}, files={"x.csv": b"…"})` → folder."""

    def make(
        *,
        headers: dict[str, str] | None = None,
        modes: dict[str, str] | None = None,
        files: dict[str, bytes] | None = None,
        properties: dict[str, str | None] | None = None,
        **tables: list[str],
    ) -> Path:
        folder = tmp_path / "package"
        folder.mkdir(exist_ok=True)
        content = {**ROWS, **tables}
        declared = {name: "bulk" if name in content else "absent" for name in TABLES_12} | (modes or {})
        lines = {"manifest.version": "1.0", "oneroster.version": "1.2"}
        lines |= {f"file.{name}": mode for name, mode in declared.items()}
        for name, value in (properties or {}).items():
            if value is None:
                lines.pop(name)
            else:
                lines[name] = value
        text = "propertyName,value\n" + "".join(f"{name},{value}\n" for name, value in lines.items())
        (folder / "manifest.csv").write_text(text, encoding="utf-8")
        for name, rows in content.items():
            header = (headers or {}).get(name, ",".join(TABLES_12[name].header))
            (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        for name, data in (files or {}).items():
            (folder / name).write_bytes(data)
        return folder

    return make
