/** Paper and ember, as in the app; one column, readable without any other file. */
export const pageStyle = `
:root{color-scheme:light dark;--paper:#faf6f1;--surface:#fff;--ink:#211b16;--soft:#665b50;--line:#e6ddd2;--good:#2c7a4b;--trouble:#8a6100;--down:#b3261e;--good-soft:#e5f3ea;--trouble-soft:#fdf0cf;--down-soft:#fbe4e1}
@media(prefers-color-scheme:dark){:root{--paper:#161311;--surface:#1e1a17;--ink:#f4ece3;--soft:#b3a698;--line:#37302a;--good:#7fd3a0;--trouble:#f0c75e;--down:#ff9b8f;--good-soft:#183424;--trouble-soft:#3d3115;--down-soft:#481f1a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:44rem;margin:0 auto;padding:2rem 1.25rem 4rem}
header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;color:var(--soft)}
h1{font-size:1rem;font-weight:600;margin:0;color:var(--ink)}
h2{font-size:1rem;font-weight:600;margin:2.25rem 0 .75rem}
a{color:inherit}
.overall{margin-top:1.25rem;padding:1.5rem;border-radius:18px;border:1px solid transparent}
.overall strong{display:block;font-size:1.5rem;line-height:1.25;margin-bottom:.375rem}
.overall p{margin:0}
.overall.good{background:var(--good-soft)}.overall.good strong{color:var(--good)}
.overall.trouble{background:var(--trouble-soft)}.overall.trouble strong{color:var(--trouble)}
.overall.down{background:var(--down-soft)}.overall.down strong{color:var(--down)}
.mark.over{font-weight:500}.mark.over::before{background:var(--soft)}
ul{list-style:none;margin:0;padding:0;background:var(--surface);border:1px solid var(--line);border-radius:18px}
li{padding:.875rem 1.25rem}
li+li{border-top:1px solid var(--line)}
.part{display:flex;justify-content:space-between;align-items:center;gap:1rem}
.part b{display:block;font-weight:500}
.part small{display:block;color:var(--soft);font-size:.875rem}
.part .mark{flex:none}
.mark{font-weight:600}.mark::before{content:"";display:inline-block;width:.625rem;height:.625rem;margin-right:.5rem;border-radius:50%;background:currentColor}
.mark.trouble::before{border-radius:2px}.mark.down::before{border-radius:2px;transform:rotate(45deg)}
.mark.good{color:var(--good)}.mark.trouble{color:var(--trouble)}.mark.down{color:var(--down)}
.incident p{margin:.125rem 0 0}
.incident .when{color:var(--soft);font-size:.875rem}
blockquote{margin:.375rem 0 0;padding-left:.75rem;border-left:3px solid var(--line);white-space:pre-line;overflow-wrap:anywhere}
.nothing{color:var(--soft)}
footer{margin-top:2rem;color:var(--soft);font-size:.875rem}
`.replaceAll('\n', '');
