"""Elements of a drawing as text; the only place where markup is made outside of a template."""

from markupsafe import Markup, escape


def element(tag: str, /, *inside: object, **attributes: object) -> Markup:
    """One SVG element: text and attributes are escaped, elements inside stay what they are.

    Args:
        tag: Its name.
        inside: Text, and elements made here.
        attributes: Each by its name, `_` for `-`; `class_` is class, and None leaves one out.

    Example:
        >>> element("text", "a < b", class_="tick", text_anchor="end")
        Markup('<text class="tick" text-anchor="end">a &lt; b</text>')
        >>> element("g", element("rect", width=3, title=None))
        Markup('<g><rect width="3"/></g>')
    """
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    content = "".join(escape(each) for each in inside)
    # every part of it was escaped above
    return Markup(f"<{tag}{said}>{content}</{tag}>" if inside else f"<{tag}{said}/>")  # noqa: S704


def drawing(
    *inside: object, width: float, height: float, says: str, **attributes: object
) -> Markup:
    """A whole `<svg>` of the page, as a picture with words for those who cannot see it.

    Example:
        >>> drawing(width=4, height=3, says="Loss & more")
        Markup('<svg viewBox="0 0 4 3" role="img" aria-label="Loss &amp; more"></svg>')
    """
    view = f"0 0 {width:g} {height:g}"
    parts = inside or ("",)
    return element("svg", *parts, viewBox=view, role="img", aria_label=says, **attributes)
