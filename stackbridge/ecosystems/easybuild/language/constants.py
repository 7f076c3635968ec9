"""The constants of the easyconfig language, per architecture: the one place for them.

Source: EasyBuild framework 5.4.1, `framework/easyconfig/templates.py` (URLs and file names),
`constants.py` (system constants) and `licenses.py`. Values which EasyBuild takes from the
machine it runs on (`HOST`) are declared here and can be overridden.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

__all__ = [
    "ALTERNATIVES",
    "ARCHITECTURES",
    "EXTENSIONS",
    "EXTERNAL_MODULE",
    "HOST",
    "PARAMETER_ALTERNATIVES",
    "constants_for",
]

EXTERNAL_MODULE = "EXTERNAL_MODULE"
ARCHITECTURES = ("x86_64", "aarch64", "riscv64", "ppc64le")

HOST = frozenset({"HOME", "OS_TYPE", "OS_NAME", "OS_VERSION", "SYS_PYTHON_VERSION"})
"""Constants whose value depends on the host; their use is reported."""

EXTENSIONS = (
    "tar.gz", "tar.xz", "tar.bz2", "tgz", "txz", "tbz2", "tb2", "gtgz", "zip", "tar", "xz", "tar.Z",
)  # fmt: skip

_URLS = {
    "APACHE_SOURCE": "https://archive.apache.org/dist/%(namelower)s",
    "BITBUCKET_SOURCE": "https://bitbucket.org/%(bitbucket_account)s/%(namelower)s/get",
    "BITBUCKET_DOWNLOADS": "https://bitbucket.org/%(bitbucket_account)s/%(namelower)s/downloads",
    "CRAN_SOURCE": "https://cran.r-project.org/src/contrib",
    "FTPGNOME_SOURCE": "https://ftp.gnome.org/pub/GNOME/sources/%(namelower)s/%(version_major_minor)s",
    "GITHUB_SOURCE": "https://github.com/%(github_account)s/%(name)s/archive",
    "GITHUB_LOWER_SOURCE": "https://github.com/%(github_account)s/%(namelower)s/archive",
    "GITHUB_RELEASE": "https://github.com/%(github_account)s/%(name)s/releases/download/v%(version)s",
    "GITHUB_LOWER_RELEASE": (
        "https://github.com/%(github_account)s/%(namelower)s/releases/download/v%(version)s"
    ),
    "GNU_SAVANNAH_SOURCE": "https://download-mirror.savannah.gnu.org/releases/%(namelower)s",
    "GNU_SOURCE": "https://ftpmirror.gnu.org/gnu/%(namelower)s",
    "GNU_FTP_SOURCE": "https://ftp.gnu.org/gnu/%(namelower)s",
    "GOOGLECODE_SOURCE": "http://%(namelower)s.googlecode.com/files",
    "LAUNCHPAD_SOURCE": (
        "https://launchpad.net/%(namelower)s/%(version_major_minor)s.x/%(version)s/+download/"
    ),
    "PYPI_SOURCE": "https://pypi.python.org/packages/source/%(nameletter)s/%(name)s",
    "PYPI_LOWER_SOURCE": "https://pypi.python.org/packages/source/%(nameletterlower)s/%(namelower)s",
    "R_SOURCE": "https://cran.r-project.org/src/base/R-%(version_major)s",
    "SOURCEFORGE_SOURCE": "https://download.sourceforge.net/%(namelower)s",
    "XORG_DATA_SOURCE": "https://xorg.freedesktop.org/archive/individual/data/",
    "XORG_LIB_SOURCE": "https://xorg.freedesktop.org/archive/individual/lib/",
    "XORG_PROTO_SOURCE": "https://xorg.freedesktop.org/archive/individual/proto/",
    "XORG_UTIL_SOURCE": "https://xorg.freedesktop.org/archive/individual/util/",
    "XORG_XCB_SOURCE": "https://xorg.freedesktop.org/archive/individual/xcb/",
}

_SYSTEM: dict[str, Any] = {
    "EXTERNAL_MODULE": EXTERNAL_MODULE,
    "HOME": "/root",
    "MODULE_LOAD_ENV_HEADERS": "CPP_HEADERS",
    "OS_TYPE": "Linux",
    "OS_NAME": "Debian GNU/Linux",
    "OS_VERSION": "12 (bookworm)",
    "SYS_PYTHON_VERSION": "3.11.7",
    "SYSTEM": {"name": "system", "version": "system"},
    "OS_PKG_IBVERBS_DEV": ("libibverbs-dev", "libibverbs-devel", "rdma-core-devel"),
    "OS_PKG_OPENSSL_BIN": "openssl",
    "OS_PKG_OPENSSL_LIB": ("libssl", "libopenssl"),
    "OS_PKG_OPENSSL_DEV": ("openssl-devel", "libssl-dev", "libopenssl-devel"),
    "OS_PKG_PAM_DEV": ("pam-devel", "libpam0g-dev"),
    "SHLIB_EXT": "so",
}

_LICENSES = ("VeryRestrictive", "Unknown", "GPLv2", "GPLv3", "GCC", "GCCOld", "Libpng")

ALTERNATIVES: Mapping[str, str] = MappingProxyType(
    {
        **{
            name.replace("_SOURCE", "_URL"): name
            for name in _URLS
            if name.endswith("_SOURCE") and "LOWER" not in name
            and not name.startswith(("BITBUCKET", "FTPGNOME"))
        },
        "BITBUCKET_GET_URL": "BITBUCKET_SOURCE",
        "BITBUCKET_DOWNLOADS_URL": "BITBUCKET_DOWNLOADS",
        "FTP_GNOME_URL": "FTPGNOME_SOURCE",
        "GITHUB_URL_LOWER": "GITHUB_LOWER_SOURCE",
        "GITHUB_RELEASE_URL": "GITHUB_RELEASE",
        "GITHUB_RELEASE_URL_LOWER": "GITHUB_LOWER_RELEASE",
        "PYPI_URL_LOWER": "PYPI_LOWER_SOURCE",
        **{
            f"SOURCE_LOWER_{suffix}": f"SOURCELOWER_{suffix}"
            for suffix in (
                *(ext.replace(".", "_").upper() for ext in EXTENSIONS),
                "WHL", "PY2_WHL", "PY3_WHL",
            )
        },
    }
)  # fmt: skip
"""Other spellings of constants -> the usual one."""

# EasyBuild framework 5.4.1, framework/easyconfig/parser.py, ALTERNATIVE_EASYCONFIG_PARAMETERS.
PARAMETER_ALTERNATIVES: Mapping[str, str] = MappingProxyType(
    {
        "build_deps": "builddependencies",
        "build_in_install_dir": "buildininstalldir",
        "build_opts": "buildopts",
        "build_stats": "buildstats",
        "clean_up_old_build": "cleanupoldbuild",
        "clean_up_old_install": "cleanupoldinstall",
        "configure_opts": "configopts",
        "deps": "dependencies",
        "doc_paths": "docpaths",
        "doc_urls": "docurls",
        "do_not_create_install_dir": "dontcreateinstalldir",
        "exts_class_map": "exts_classmap",
        "exts_default_class": "exts_defaultclass",
        "exts_default_opts": "exts_default_options",
        "hidden_deps": "hiddendependencies",
        "include_modulepath_exts": "include_modpath_extensions",
        "install_opts": "installopts",
        "keep_previous_install": "keeppreviousinstall",
        "keep_symlinks": "keepsymlinks",
        "max_parallel": "maxparallel",
        "env_mod_aliases": "modaliases",
        "env_mod_alt_soft_name": "modaltsoftname",
        "modulepath_prepend_paths": "moddependpaths",
        "env_mod_extra_paths": "modextrapaths",
        "env_mod_extra_vars": "modextravars",
        "env_mod_load_msg": "modloadmsg",
        "env_mod_lua_footer": "modluafooter",
        "env_mod_tcl_footer": "modtclfooter",
        "env_mod_category": "moduleclass",
        "env_mod_depends_on": "module_depends_on",
        "env_mod_force_unload": "moduleforceunload",
        "env_mod_load_no_conflict": "moduleloadnoconflict",
        "env_mod_unload_msg": "modunloadmsg",
        "only_toolchain_env_mod": "onlytcmod",
        "os_deps": "osdependencies",
        "post_install_cmds": "postinstallcmds",
        "post_install_msgs": "postinstallmsgs",
        "post_install_patches": "postinstallpatches",
        "pre_build_opts": "prebuildopts",
        "pre_configure_opts": "preconfigopts",
        "pre_install_opts": "preinstallopts",
        "pre_test_opts": "pretestopts",
        "recursive_env_mod_unload": "recursive_module_unload",
        "run_test": "runtest",
        "sanity_check_cmds": "sanity_check_commands",
        "skip_fortran_mod_files_sanity_check": "skip_mod_files_sanity_check",
        "skip_steps": "skipsteps",
        "test_opts": "testopts",
        "toolchain_opts": "toolchainopts",
        "unpack_opts": "unpack_options",
        "version_prefix": "versionprefix",
        "version_suffix": "versionsuffix",
    }
)
"""Other spellings of parameters -> the usual one."""


@cache
def constants_for(architecture: str = "x86_64") -> Mapping[str, Any]:
    """All constants by name, for that architecture. `SYSTEM` is a dict: copy before giving out."""
    values: dict[str, Any] = dict(_URLS)
    for extension in EXTENSIONS:
        suffix = extension.replace(".", "_").upper()
        values[f"SOURCE_{suffix}"] = f"%(name)s-%(version)s.{extension}"
        values[f"SOURCELOWER_{suffix}"] = f"%(namelower)s-%(version)s.{extension}"
        values[f"VERSION_{suffix}"] = f"%(version)s.{extension}"
        values[f"V_VERSION_{suffix}"] = f"v%(version)s.{extension}"
    for infix, tag in (("", "py2.py3"), ("PY2_", "py2"), ("PY3_", "py3")):
        values[f"SOURCE_{infix}WHL"] = f"%(name)s-%(version)s-{tag}-none-any.whl"
        values[f"SOURCELOWER_{infix}WHL"] = f"%(namelower)s-%(version)s-{tag}-none-any.whl"
    values.update(_SYSTEM)
    values.update({name: f"License{name}" for name in _LICENSES})
    values["ARCH"] = architecture
    return MappingProxyType(values)
