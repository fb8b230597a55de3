/** Hands a file to the browser's own way of saving. Some give it the ending that belongs to its `type`, whatever it is called. */
export function offerFile(bytes: Uint8Array<ArrayBuffer> | Blob, name: string, page: Document, type: string): void {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = page.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads the address after this turn; a minute is more than it needs.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
