/** The label of a parcel, a PDF of 100 × 150 mm. */
import Document from 'pdfkit';
import { CARRIER_NAME, type BookingRow } from './bookings.ts';

const POINTS_PER_MM = 72 / 25.4;
const WIDTH = 100 * POINTS_PER_MM;
const HEIGHT = 150 * POINTS_PER_MM;
const MARGIN = 18;

/** Draws the label: carrier, from, to, tracking number and bars of it. @returns the document as a stream, ended */
export function drawLabel(booking: BookingRow): PDFKit.PDFDocument {
  const document = new Document({
    size: [WIDTH, HEIGHT],
    margin: MARGIN,
    info: { Title: `Label ${booking.tracking_number}`, Author: CARRIER_NAME },
  });
  const rule = (y: number): void => {
    document
      .moveTo(MARGIN, y)
      .lineTo(WIDTH - MARGIN, y)
      .lineWidth(1.5)
      .stroke();
  };
  const caption = (text: string, y: number): void => {
    document.font('Helvetica').fontSize(8).fillColor('#555').text(text, MARGIN, y).fillColor('#000');
  };

  document.font('Helvetica-Bold').fontSize(18).text(CARRIER_NAME, MARGIN, MARGIN);
  document
    .font('Helvetica')
    .fontSize(9)
    .text(`${(booking.weight_grams / 1000).toFixed(2)} kg`, MARGIN, MARGIN + 6, { align: 'right' });
  rule(48);
  caption('FROM', 56);
  document.fontSize(11).text(`Location ${booking.from_location_id}`, MARGIN, 68);
  rule(92);
  caption('TO', 100);
  document
    .font('Helvetica-Bold')
    .fontSize(14)
    .text(addressLines(booking).join('\n'), MARGIN, 114, {
      width: WIDTH - 2 * MARGIN,
      height: 150,
      ellipsis: true,
    });
  rule(280);
  caption('TRACKING NUMBER', 288);
  drawBars(document, booking.tracking_number, 304, 70);
  document.font('Courier-Bold').fontSize(16).text(booking.tracking_number, MARGIN, 382, { align: 'center' });
  document.end();
  return document;
}

function addressLines({ ship_to: to }: BookingRow): string[] {
  const lines = [to.name, to.line1, to.line2, `${to.postalCode} ${to.city}`, to.region, to.country];
  // The fonts that every PDF reader has know Western characters only.
  return lines.filter((line) => line !== undefined).map((line) => line.replaceAll(/[^\u0020-\u00ff]/gu, '?'));
}

/** Bars as a picture of the number, eight for each character: it looks like a label, no scanner reads it. */
function drawBars(document: PDFKit.PDFDocument, text: string, y: number, height: number): void {
  const bits = [...text].flatMap((character) =>
    character.charCodeAt(0).toString(2).padStart(8, '0').split(''),
  );
  const step = (WIDTH - 2 * MARGIN) / bits.length;
  bits.forEach((bit, index) => {
    document.rect(MARGIN + index * step, y, step * (bit === '1' ? 0.9 : 0.35), height).fill('#000');
  });
}
