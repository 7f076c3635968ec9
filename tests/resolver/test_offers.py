"""The catalog's answers, as the rules see them."""

from __future__ import annotations

from stackbridge.catalog.identity import Evidence, Identity, Inside, Name, Tier
from stackbridge.resolver.offers import CatalogOffers


class OneName:
    """A catalog with py-numpy, which counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def find(
        self, name: str, ecosystem: str | None = None, version: str | None = None
    ) -> Identity | None:
        self.asked += 1
        if name != "py-numpy":
            return None
        numpy = Name(
            ecosystem="easybuild",
            name="numpy",
            kind="extension",
            versions=("1.26.4",),
            evidence=(Evidence(tier=Tier.CHECKSUM, against="spack:py-numpy"),),
            inside=(
                Inside(
                    bundle="SciPy-bundle", bundle_version="2024.05-gfbf-2024a", version="1.26.4"
                ),
                Inside(bundle="TensorFlow", bundle_version="2.15", version="1.26.4", private=True),
            ),
        )
        return Identity(key="py-numpy", names={"easybuild": (numpy,)})

    def suggest(self, name: str) -> tuple[str, ...]:
        return ("a", "b", "c", "d")


def test_an_identity_becomes_offers() -> None:
    catalog = OneName()
    offers = CatalogOffers(catalog)  # type: ignore[arg-type]
    (found,) = offers.offered("py-numpy", "spack", "easybuild") or ()
    assert found.extension
    assert found.bundles == (("SciPy-bundle", "2024.05-gfbf-2024a", "1.26.4"),)
    assert found.evidence == "catalog: checksum"
    assert offers.offered("py-numpy", "spack", "guix") == ()
    assert offers.offered("nothing", "spack", "easybuild") is None
    asked = catalog.asked
    offers.offered("nothing", "spack", "easybuild")
    assert catalog.asked == asked
    assert offers.suggest("x", None) == ("a", "b", "c")
