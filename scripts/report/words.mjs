// @ts-check
// What a page of `levattention report` says, a line a part, but for times and versions: what a picture of it shows, to compare.

/**
 * The words of the page.
 * @param {string} page
 */
export function wordsOf(page) {
  return page
    .replace(/<style>.*?<\/style>|<script>.*?<\/script>|<head>.*?<\/head>/gs, '')
    .replace(/<h3>(?:Time|Versions)<\/h3>.*?<\/section>/gs, '')
    .replaceAll(/<\/?(?:text|p|dt|dd|h1|h2|h3|tr|figcaption|li|pre|summary)\b[^>]*>/g, '\n')
    .replaceAll(/<\/t[hd]>/g, ' ')
    .replaceAll(/<[^>]*>/g, '')
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n')
    .concat('\n')
}
