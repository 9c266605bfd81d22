"""The words that the demo shop's products are named with: 48,000 combinations."""

from __future__ import annotations


def _listed(rows: str) -> tuple[str, ...]:
    return tuple(rows.split())


ADJECTIVES = _listed(
    """
    Amber Arctic Autumn Breezy Bright Calm Classic Coastal Copper Crisp Daily Dawn Dusky Easy Ember Evening
    Fern Field Forest Gentle Golden Granite Harbour Hazel Hidden Indigo Ivory Lunar Maple Meadow Midnight
    Misty Nimble Northern Olive Pebble Quiet Rapid River Rustic Saffron Silver Solar Summit Tidal Urban
    Velvet Winter
    """
)
MATERIALS = _listed(
    """
    Alpaca Bamboo Canvas Cashmere Chambray Corduroy Cork Cotton Denim Felt Flannel Fleece Hemp
    Jersey Leather Linen Merino Mesh Nylon Poplin Silk Suede Tweed Twill Wool
    """
)
NOUNS = _listed(
    """
    Anorak Apron Backpack Bandana Beanie Belt Blanket Blazer Boot Bottle Cap Cardigan Chino Coat Cushion Dress
    Duffel Glove Hammock Hoodie Jacket Jumper Kimono Legging Mitten Parka Pillow Polo Poncho Robe Sandal
    Sarong Scarf Shirt Short Skirt Sweater Tote Trouser Vest
    """
)
BRANDS = _listed("Alderby Brightwater Cobble&Co Duneway Fennimore Halden Kestrel Lowmoor Ostra Pinehurst Quill Tarn")
COLOURS = _listed(
    "ink slate ash bone sand clay moss fern pine teal sky navy plum rose coral rust ochre straw snow coal"
)
SECTIONS = _listed("header footer hero sidebar banner story teaser grid gallery quote form table")
