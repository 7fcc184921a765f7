/**
 * What a repository holds whose content nobody has: one page, as an archive. The same for every repository.
 */
import type { Archive } from './content.js'

/** A gzipped tar archive with a manifest.json (`appmode` static) and an index.html. */
export const REPOSITORY_ARCHIVE: Archive = Object.freeze({
  size: 235,
  md5: '682ab6498ab556c0c7b4568be0774027',
  sha1: 'f282b11985b561d438f5943b01f8c2b7a8bdbf3b',
  appMode: 'static',
  bytes: 'H4sIAAAAAAACA+2TPQvCMBCGnf0V9eaiKZYKpbj4serg4iTBRow0TUlOUUr/u2kFrS5OLX7kWe7yJuHC5V5BU75jGvsHLdNOMxBD4PtVNLxG4vnDe17pHvHNcYc09J4njhqpMuXbqPWB5HBiSnOZQui5IBjSmCKFMAeaZULGDEIwHUK+BRcyxQVVl80eRWJ0nsbs3K8WhQs7njBdXqzJYV4UxZ929jt4fFZzNd75nwS1vNJHo2Fg/d8GUW+6mKzWy5lTzsA4Qo4JG8+VFA51FMuk5ijVJRrcNrrWMRaLxfIbXAGn3ODjAAwAAA==',
})
