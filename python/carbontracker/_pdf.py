"""A page of PDF 1.4 from text, lines and rectangles: what a report needs, without a library. The fonts are the viewer's Helvetica."""

# Widths of Helvetica's characters 32 to 126, in thousandths of the size (Adobe's font metrics).
_WIDTHS = (278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556,
           278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,
           611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833,
           556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584)

_BOLD_WIDTHS = (278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556,
                333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667,
                611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889,
                611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584)


def text_width(text, size, bold=False):
    widths = _BOLD_WIDTHS if bold else _WIDTHS
    return sum(widths[ord(c) - 32] if 32 <= ord(c) <= 126 else 556 for c in text) * size / 1000


def fitted(text, size, width, bold=False):
    """The text, or its beginning and three dots where it is wider."""
    if text_width(text, size, bold) <= width:
        return text
    while text and text_width(text + "...", size, bold) > width:
        text = text[:-1]
    return text + "..."


def _literal(text):
    encoded = text.encode("cp1252", "replace")
    for sign in (b"\\", b"(", b")"):
        encoded = encoded.replace(sign, b"\\" + sign)
    return b"(" + bytes(byte if byte >= 32 else 32 for byte in encoded) + b")"


def _number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".").encode()


class Page:
    """US letter, 612 x 792 points; y grows upwards."""

    width, height = 612, 792

    def __init__(self):
        self._operations = []

    def _draw(self, *parts):
        self._operations.append(b" ".join(part if isinstance(part, bytes) else _number(part) for part in parts))

    def colour(self, red, green, blue):
        self._draw(red, green, blue, b"rg", red, green, blue, b"RG")

    def rectangle(self, x, y, width, height):
        self._draw(x, y, width, height, b"re f")

    def line(self, x1, y1, x2, y2, width=0.75):
        self._draw(width, b"w", x1, y1, b"m", x2, y2, b"l S")

    def text(self, x, y, text, size=10, bold=False, align="left"):
        shift = {"left": 0, "centre": text_width(text, size, bold) / 2, "right": text_width(text, size, bold)}[align]
        self._draw(b"BT /F2" if bold else b"BT /F1", size, b"Tf", x - shift, y, b"Td", _literal(text), b"Tj ET")

    def write(self, path, title):
        content = b"\n".join(self._operations)
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
            b"<< /Length " + str(len(content)).encode() + b" >>\nstream\n" + content + b"\nendstream",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
            b"<< /Title " + _literal(title) + b" /Producer (carbontracker) >>",
        ]
        with open(path, "wb") as file:
            file.write(self._file(objects))

    @staticmethod
    def _file(objects):
        data = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        offsets = []
        for number, body in enumerate(objects, 1):
            offsets.append(len(data))
            data += str(number).encode() + b" 0 obj\n" + body + b"\nendobj\n"
        table = len(data)
        data += b"xref\n0 " + str(len(objects) + 1).encode() + b"\n0000000000 65535 f \n"
        data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        data += b"trailer\n<< /Size " + str(len(objects) + 1).encode() + b" /Root 1 0 R /Info 7 0 R >>\nstartxref\n" + str(table).encode() + b"\n%%EOF\n"
        return bytes(data)
