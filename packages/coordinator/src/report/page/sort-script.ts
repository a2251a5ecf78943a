/** Lets the table of heads be sorted by a column; without it the table stands as it is. */
export const SORT_SCRIPT = `for(const t of document.querySelectorAll('table.heads')){t.classList.add('sorts');for(const h of t.querySelectorAll('th[data-s]')){
const b=document.createElement('button');b.className='s';b.innerHTML=h.innerHTML;h.replaceChildren(b);
b.onclick=()=>{const i=+h.dataset.s,up=h.getAttribute('aria-sort')==='descending'||(i===0&&h.getAttribute('aria-sort')!=='ascending');
for(const o of t.querySelectorAll('th[data-s]'))o.removeAttribute('aria-sort');h.setAttribute('aria-sort',up?'ascending':'descending');
const v=r=>+r.children[i].dataset.v,rows=[...t.tBodies[0].rows].sort((a,b)=>v(a)-v(b));t.tBodies[0].append(...(up?rows:rows.reverse()))}}}
const show=()=>{const e=document.getElementById(decodeURIComponent(location.hash.slice(1)));const d=e&&e.closest('details');if(d)d.open=true,e.scrollIntoView()};
addEventListener('hashchange',show);show()`
