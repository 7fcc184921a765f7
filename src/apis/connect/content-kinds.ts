/**
 * What can be deployed: how rsconnect-python's models.py numbers the modes (contract 7.5), and how their builds read.
 */

/** Which of the shipped scenarios tells of such a build: `deploy-<family>-ok`, `build-<family>-ok`. */
type Family = 'static' | 'python' | 'r' | 'document' | 'tensorflow' | 'nodejs'

/** A mode of content. */
export interface ContentKind {
  /** The mode's number in legacy calls. */
  readonly number: number
  readonly family: Family
  /** What build logs call it; undefined: as in the script. */
  readonly noun?: string
  /** What its build installs last; undefined: as in the script. */
  readonly package?: string
}

/** Content that nothing is known of builds like a Python application (contract 7.7). */
const UNKNOWN: ContentKind = { number: 0, family: 'python' }

const KINDS: ReadonlyMap<string, ContentKind> = new Map<string, ContentKind>([
  ['shiny', { number: 1, family: 'r', noun: 'Shiny application', package: 'shiny (1.9.1)' }],
  ['rmd-shiny', { number: 2, family: 'r', noun: 'Shiny document', package: 'shiny (1.9.1)' }],
  ['rmd-static', { number: 3, family: 'document', noun: 'R Markdown document' }],
  ['static', { number: 4, family: 'static', noun: 'static content' }],
  ['api', { number: 5, family: 'r', noun: 'Plumber API', package: 'plumber (1.2.2)' }],
  ['tensorflow-saved-model', { number: 6, family: 'tensorflow', noun: 'TensorFlow model' }],
  ['jupyter-static', { number: 7, family: 'document', noun: 'Jupyter notebook' }],
  ['python-api', { number: 8, family: 'python', noun: 'Python API', package: 'flask-3.0.3' }],
  ['python-dash', { number: 9, family: 'python', noun: 'Dash application', package: 'dash-2.18.1' }],
  ['python-streamlit', { number: 10, family: 'python', noun: 'Streamlit application', package: 'streamlit-1.39.0' }],
  ['python-bokeh', { number: 11, family: 'python', noun: 'Bokeh application', package: 'bokeh-3.6.0' }],
  ['python-fastapi', { number: 12, family: 'python', noun: 'FastAPI application', package: 'fastapi-0.115.0' }],
  ['quarto-shiny', { number: 13, family: 'document', noun: 'Shiny Quarto document' }],
  ['quarto-static', { number: 14, family: 'document', noun: 'Quarto document' }],
  ['python-shiny', { number: 15, family: 'python', noun: 'Python Shiny application', package: 'shiny-1.1.0' }],
  ['jupyter-voila', { number: 16, family: 'python', noun: 'Voila application', package: 'voila-0.5.7' }],
  ['python-gradio', { number: 17, family: 'python', noun: 'Gradio application', package: 'gradio-5.0.1' }],
  ['python-panel', { number: 18, family: 'python', noun: 'Panel application', package: 'panel-1.5.2' }],
  ['nodejs', { number: 20, family: 'nodejs', noun: 'Node.js application' }],
])

/** The mode's kind; a mode that isn't known builds like one of which nothing is known. */
export function contentKindOf (appMode: string): ContentKind {
  return KINDS.get(appMode) ?? UNKNOWN
}
